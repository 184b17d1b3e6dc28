/**
 * The guest before another background: key, despill and blend in one pass over the pixels, at the size of the slot.
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

/** RGB or RGBA, a byte a channel. */
interface Pixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: 3 | 4;
}
/** What of a picture is guest: a byte for each square of {@link SQUARE} pixels a side. */
export interface Mask {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Small enough for the outline of a guest, large enough to spare most of the work. */
const SQUARE = 4;
/** In a mask: surely screen, surely guest; anything between is for the pixels themselves to say. */
const SCREEN = 0;
const GUEST = 255;

/** Of each square its middle pixel, from {@link SCREEN} to {@link GUEST}: to be cleaned of specks (vision/clean-mask.ts). */
export function maskOf({ data, width, height, channels }: Pixels): Mask {
  const mask = { width: Math.ceil(width / SQUARE), height: Math.ceil(height / SQUARE) };
  const bytes = new Uint8Array(mask.width * mask.height);
  for (let square = 0; square < bytes.length; square += 1) {
    const x = Math.min(width - 1, (square % mask.width) * SQUARE + SQUARE / 2);
    const y = Math.min(height - 1, Math.floor(square / mask.width) * SQUARE + SQUARE / 2);
    const i = (y * width + x) * channels;
    bytes[square] = guestIn(data[i] as number, data[i + 1] as number, data[i + 2] as number);
  }
  return { ...mask, data: bytes };
}

/**
 * Puts the background (opaque, as large as the picture, with as many channels) where the screen shows, in place.
 *
 * @param sure a cleaned mask; without it every pixel speaks for itself
 */
export function replaceGreen(picture: Pixels, background: Uint8Array, sure?: Mask): void {
  const { data, width, height, channels } = picture;
  if (background.length !== data.length) throw new RangeError('the background has another size');
  for (let y = 0; y < height; y += 1) {
    const squares = Math.floor(y / SQUARE) * (sure?.width ?? 0);
    for (let x = 0, end = width; x < width; x = end) {
      const is = sure?.data[squares + x / SQUARE];
      // As many squares alike as there are in this row.
      if (sure)
        for (end = x + SQUARE; end < width && sure.data[squares + end / SQUARE] === is; ) end += SQUARE;
      const from = (y * width + x) * channels;
      const to = (y * width + Math.min(end, width)) * channels;
      if (is === SCREEN) data.set(background.subarray(from, to), from);
      else if (is === GUEST) despill(data, from, to, channels);
      else blend(data, background, from, to, channels);
    }
  }
}

function despill(data: Uint8Array, from: number, to: number, channels: number): void {
  for (let i = from; i < to; i += channels) {
    const r = data[i] as number;
    const b = data[i + 2] as number;
    const most = r > b ? r : b;
    if ((data[i + 1] as number) > most) data[i + 1] = most;
  }
}

function blend(data: Uint8Array, background: Uint8Array, from: number, to: number, channels: number): void {
  for (let i = from; i < to; i += channels) {
    const r = data[i] as number;
    const g = data[i + 1] as number;
    const b = data[i + 2] as number;
    const part = guestIn(r, g, b) / 255;
    const most = r > b ? r : b;
    data[i] = mix(background[i] as number, r, part);
    data[i + 1] = mix(background[i + 1] as number, g > most ? most : g, part);
    data[i + 2] = mix(background[i + 2] as number, b, part);
  }
}

/** Rounded: truncated, every pixel of a long edge would be a shade too dark. */
const mix = (from: number, to: number, part: number): number => (from + (to - from) * part + 0.5) | 0;
