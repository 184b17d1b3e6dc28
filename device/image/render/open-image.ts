import { MAX_SIDE } from '@photomaton/design-docs/template';
import sharp, { type Sharp } from 'sharp';

const MAGIC = {
  jpeg: [0, 'ffd8ff'],
  png: [0, '89504e470d0a1a0a'],
  webp: [8, '57454250'],
} as const;
type ImageFormat = keyof typeof MAGIC;

/** Of a photo, as store/jpeg.ts: what claims more than 100 MP is there to exhaust memory. */
const MAX_PHOTO_PIXELS = 100_000_000;
/** Of a template's picture: the largest page at 600 dpi. */
export const MAX_IMAGE_SIDE = 2 * MAX_SIDE;

/** Undefined: none of those that are read. */
function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const hex = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  return (Object.keys(MAGIC) as ImageFormat[]).find((format) => {
    const [at, magic] = MAGIC[format];
    return hex.startsWith(magic, 2 * at);
  });
}

/** A shot. sharp would read many formats, SVG among them; this asks for the bytes of a JPEG first. */
export function openPhoto(bytes: Uint8Array): Sharp {
  if (formatOf(bytes) !== 'jpeg') throw new Error('the shot is not a JPEG');
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_PHOTO_PIXELS });
}

/** A picture of a template. */
export function openImage(bytes: Uint8Array | undefined, name: string): Sharp {
  if (!bytes) throw new Error(`${name} is missing`);
  if (!formatOf(bytes)) throw new Error(`${name} is not a PNG, JPEG or WebP picture`);
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_IMAGE_SIDE ** 2 });
}
