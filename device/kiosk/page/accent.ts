/**
 * The event's colour, made readable: text on it and text in it have a contrast of 4.5:1 or more (WCAG 2.2, 1.4.3),
 * whatever colour a customer chose.
 */
export interface AccentColours {
  accent: string;
  onAccent: string;
  /** The same colour as text on the page's paper: lighter or darker where it has to be. */
  accentText: string;
}

type Rgb = [number, number, number];

const READABLE = 4.5;
const STEPS = 20;

/** @param paper colour of the page's background, `#rrggbb` */
export function accentColours(accent: string, paper: string): AccentColours {
  const colour = parse(accent);
  const ground = parse(paper);
  // One of white and black always has 4.58:1 or more; our ink is warmer, where it is enough.
  const onAccent = ['#ffffff', '#1d1a20', '#000000'].find(
    (text) => contrast(parse(text), colour) >= READABLE,
  );
  return { accent, onAccent: onAccent ?? '#000000', accentText: format(readable(colour, ground)) };
}

/** Towards black or white, whichever is farther from the ground, until it can be read. */
function readable(colour: Rgb, ground: Rgb): Rgb {
  const end: Rgb = luminance(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
  for (let step = 0; step < STEPS; step += 1) {
    const mixed = colour.map((value, i) =>
      Math.round(value + (((end[i] ?? 0) - value) * step) / STEPS),
    ) as Rgb;
    if (contrast(mixed, ground) >= READABLE) return mixed;
  }
  return end;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrastOf(a: string, b: string): number {
  return contrast(parse(a), parse(b));
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const parse = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as Rgb;
const format = (rgb: Rgb): string => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
