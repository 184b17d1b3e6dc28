import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** Photos of about `bytes` that nothing can compress, each different: noise, and a few bytes after its end. */
export async function makePhotos(bytes: number): Promise<() => Buffer> {
  const side = Math.round(Math.sqrt(bytes / 1.05)); // noise at quality 90 takes about 1.05 bytes a pixel
  const raw = { width: side, height: side, channels: 3 } as const;
  const jpeg = await sharp(randomBytes(side * side * 3), { raw })
    .jpeg({ quality: 90 })
    .toBuffer();
  return () => Buffer.concat([jpeg, randomBytes(16)]);
}
