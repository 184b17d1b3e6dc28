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

/**
 * A shot, upright and in sRGB, and how large it is then. sharp would read many formats, SVG among them; this asks for
 * the bytes of a JPEG first.
 */
export async function openPhoto(bytes: Uint8Array): Promise<{ photo: Sharp; width: number; height: number }> {
  if (formatOf(bytes) !== 'jpeg') throw new Error('the shot is not a JPEG');
  const options = { failOn: 'truncated', limitInputPixels: MAX_PHOTO_PIXELS } as const;
  const { autoOrient, icc } = await sharp(bytes, options).metadata();
  // From sRGB to sRGB nothing changes, for as long as decoding takes.
  const ignoreIcc = icc !== undefined && isSrgb(icc);
  const photo = sharp(bytes, { ...options, ignoreIcc })
    .autoOrient()
    .toColourspace('srgb');
  return { photo, ...autoOrient };
}

/** By its description, which older profiles have in ASCII, newer ones in UTF-16. */
function isSrgb(icc: Buffer): boolean {
  return icc.includes('sRGB') || icc.includes('s\0R\0G\0B');
}

/** A picture of a template. */
export function openImage(bytes: Uint8Array | undefined, name: string): Sharp {
  if (!bytes) throw new Error(`${name} is missing`);
  if (!formatOf(bytes)) throw new Error(`${name} is not a PNG, JPEG or WebP picture`);
  return sharp(bytes, { failOn: 'truncated', limitInputPixels: MAX_IMAGE_SIDE ** 2 });
}
