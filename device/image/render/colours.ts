import type { TemplateColour } from '@photomaton/design-docs/template';
import type { Rgb } from './canvas.ts';

/** As `design-docs/look/tokens.css`. */
const ACCENT = '#b3261e';
const INK = '#1d1a20';
const PAPER = '#fbf7f0';
const WHITE: Rgb = [255, 255, 255];
/** WCAG 2.2, for text of any size. */
const READABLE = 4.5;

/** The colour that a role, or `#rrggbb`, has at an event of this accent. */
export function colourOf(colour: TemplateColour, accent: string = ACCENT): Rgb {
  if (colour === 'ink') return rgbOf(INK);
  if (colour === 'paper') return rgbOf(PAPER);
  if (colour === 'accent') return rgbOf(accent);
  if (colour === 'accent-text') return darkened(rgbOf(accent));
  if (colour === 'on-accent') return readableOn(rgbOf(accent));
  return rgbOf(colour);
}

function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** Mixed with as little ink as makes it readable on paper. */
function darkened(colour: Rgb): Rgb {
  const [ink, paper] = [rgbOf(INK), rgbOf(PAPER)];
  for (let share = 0; share < 1; share += 0.05) {
    const [r, g, b] = colour.map((c, i) => Math.round(c * (1 - share) + (ink[i] ?? 0) * share));
    const mixed: Rgb = [r ?? 0, g ?? 0, b ?? 0];
    if (contrast(mixed, paper) >= READABLE) return mixed;
  }
  return ink;
}

/** White first, which looks right on more colours than the better contrast would; one of the three always is. */
function readableOn(ground: Rgb): Rgb {
  const candidates: Rgb[] = [WHITE, rgbOf(INK)];
  return candidates.find((colour) => contrast(colour, ground) >= READABLE) ?? [0, 0, 0];
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance([r, g, b]: Rgb): number {
  const linear = (c: number) => (c <= 10.31 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}
