import type { FilterName } from '@photomaton/design-docs/template';

/**
 * The look of a picture, as numbers: what the live view shows (kiosk/page/filter-view.ts, on the graphics processor)
 * and what the final picture gets (applyFilter) is the same formula. Runs in the page and in the daemon.
 *
 * With colours from 0 to 1: `c = clamp(matrix × c + offset)`, then of each channel
 * `c = mix(c, smoothstep(0, 1, c), contrast)`.
 */
export interface Filter {
  /** Row by row: what red, green and blue are made of. */
  matrix: readonly [number, number, number, number, number, number, number, number, number];
  offset: readonly [number, number, number];
  contrast: number;
}

/** What the eye makes of red, green and blue (Rec. 601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/** 0 is grey, 1 as it is, more is more colour. */
function saturation(amount: number): Filter['matrix'] {
  const [r, g, b] = LUMA.map((weight) => weight * (1 - amount)) as [number, number, number];
  return [r + amount, g, b, r, g + amount, b, r, g, b + amount];
}
/** Grey, in these parts of red, green and blue. */
function tone(...parts: [number, number, number]): Filter['matrix'] {
  return parts.flatMap((part) => LUMA.map((weight) => weight * part)) as unknown as Filter['matrix'];
}
const scale = (r: number, g: number, b: number): Filter['matrix'] => [r, 0, 0, 0, g, 0, 0, 0, b];

export const FILTERS: Readonly<Record<FilterName, Filter>> = {
  none: { matrix: scale(1, 1, 1), offset: [0, 0, 0], contrast: 0 },
  'black-and-white': { matrix: saturation(0), offset: [0, 0, 0], contrast: 0.15 },
  sepia: { matrix: tone(1.12, 0.97, 0.78), offset: [0.02, 0.01, 0], contrast: 0.1 },
  warm: { matrix: scale(1.06, 1.01, 0.9), offset: [0.02, 0.01, 0], contrast: 0.1 },
  cool: { matrix: scale(0.92, 1, 1.06), offset: [0, 0.01, 0.03], contrast: 0.1 },
  vivid: { matrix: saturation(1.35), offset: [0, 0, 0], contrast: 0.3 },
  noir: { matrix: saturation(0), offset: [-0.05, -0.05, -0.05], contrast: 0.9 },
};

/** Changes the pixels (RGB or RGBA, a byte a channel) in place, and returns them. */
export function applyFilter<T extends Uint8Array | Uint8ClampedArray>(
  pixels: T,
  name: FilterName,
  channels: 3 | 4 = 4,
): T {
  if (name === 'none') return pixels;
  const { matrix, offset, contrast } = FILTERS[name];
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = matrix.map(
    (factor) => factor / 255,
  ) as unknown as typeof matrix;
  const [r0, g0, b0] = offset;
  for (let i = 0; i < pixels.length; i += channels) {
    const r = pixels[i] as number;
    const g = pixels[i + 1] as number;
    const b = pixels[i + 2] as number;
    pixels[i] = toByte(rr * r + rg * g + rb * b + r0, contrast);
    pixels[i + 1] = toByte(gr * r + gg * g + gb * b + g0, contrast);
    pixels[i + 2] = toByte(br * r + bg * g + bb * b + b0, contrast);
  }
  return pixels;
}

function toByte(colour: number, contrast: number): number {
  const c = colour < 0 ? 0 : colour > 1 ? 1 : colour;
  return ((c + contrast * (c * c * (3 - 2 * c) - c)) * 255 + 0.5) | 0;
}
