import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** More than noise at quality 90 takes, and its tables. */
const BYTES_PER_PIXEL = 0.9;
const HEADER_BYTES = 1_000;
const UNIQUE_BYTES = 16;

/**
 * Photos of exactly `bytes` that nothing can compress, each different: a JPEG of noise, and noise after its end (as
 * some cameras write it), the last bytes of which are new in each.
 */
export async function makePhotos(bytes: number): Promise<() => Buffer> {
  const side = Math.floor(Math.sqrt((bytes - HEADER_BYTES) / BYTES_PER_PIXEL));
  const raw = { width: side, height: side, channels: 3 } as const;
  const jpeg = await sharp(randomBytes(side * side * 3), { raw })
    .jpeg({ quality: 90 })
    .toBuffer();
  const padded = Buffer.concat([jpeg, randomBytes(bytes - UNIQUE_BYTES - jpeg.length)]);
  return () => Buffer.concat([padded, randomBytes(UNIQUE_BYTES)]);
}
