/**
 * The guest before another background: key, despill and blend in one pass over the pixels at the size of the slot.
 * The live view (kiosk/page/filter-view.ts) computes the same on the graphics processor. Runs in the page and in the
 * daemon.
 *
 * With colours from 0 to 1: `greenness = (g − max(r, b)) / max(g, DARK)`; how much of a pixel is guest:
 * `alpha = 1 − smoothstep(GUEST, SCREEN, greenness)`; the guest's green is at most its red or blue (no green rim), and
 * the result is `mix(background, guest, alpha)`.
 */
export const GREEN = {
  /** In what is darker than this a little more green says nothing: dark hair is noise. */
  DARK: 0.25,
  /** Skin and white have 0 or less, clothes that are called green up to here. */
  GUEST: 0.15,
  /** Lit green cloth has 0.5, its shadows 0.4. */
  SCREEN: 0.4,
} as const;

const DARK = GREEN.DARK * 255;
const RANGE = GREEN.SCREEN - GREEN.GUEST;

/** 0 (screen) to 255 (guest). */
function guestIn(r: number, g: number, b: number): number {
  const greenness = (g - (r > b ? r : b)) / (g > DARK ? g : DARK);
  if (greenness <= GREEN.GUEST) return 255;
  if (greenness >= GREEN.SCREEN) return 0;
  const t = (greenness - GREEN.GUEST) / RANGE;
  return 255 * (1 - t * t * (3 - 2 * t));
}

/** How much of each pixel is guest, 0 to 255: for vision, which takes specks and pinholes out of it. */
export function maskOf(rgba: Uint8Array): Uint8Array {
  const mask = new Uint8Array(rgba.length / 4);
  for (let i = 0, p = 0; p < mask.length; i += 4, p += 1)
    mask[p] = guestIn(rgba[i] as number, rgba[i + 1] as number, rgba[i + 2] as number) + 0.5;
  return mask;
}

/**
 * Puts the background (RGBA, opaque, as large as the picture) where the screen shows, in place.
 *
 * @param mask a cleaned one; without it the picture's own
 */
export function replaceGreen(rgba: Uint8Array, background: Uint8Array, mask?: Uint8Array): void {
  if (background.length !== rgba.length) throw new RangeError('the background has another size');
  for (let i = 0, p = 0; i < rgba.length; i += 4, p += 1) {
    const r = rgba[i] as number;
    let g = rgba[i + 1] as number;
    const b = rgba[i + 2] as number;
    const alpha = mask ? (mask[p] as number) : guestIn(r, g, b);
    const most = r > b ? r : b;
    if (g > most) g = most;
    if (alpha === 255) {
      rgba[i + 1] = g;
      continue;
    }
    const keep = alpha / 255;
    rgba[i] = mix(background[i] as number, r, keep);
    rgba[i + 1] = mix(background[i + 1] as number, g, keep);
    rgba[i + 2] = mix(background[i + 2] as number, b, keep);
  }
}

/** Rounded: truncated, every pixel of a long edge would be a shade too dark. */
const mix = (from: number, to: number, part: number): number => (from + (to - from) * part + 0.5) | 0;
