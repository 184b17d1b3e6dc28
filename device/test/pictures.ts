import { randomBytes } from 'node:crypto';
import sharp from 'sharp';

/** A JPEG of noise, different each time: about `bytes` long, and nothing can compress it. */
export async function noiseJpeg(bytes: number): Promise<Buffer> {
  // Noise at quality 90 takes about 1.05 bytes a pixel.
  const side = Math.max(16, Math.round(Math.sqrt(bytes / 1.05)));
  const raw = { width: side, height: side, channels: 3 } as const;
  return sharp(randomBytes(side * side * 3), { raw })
    .jpeg({ quality: 90 })
    .toBuffer();
}
