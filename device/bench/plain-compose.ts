import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const PHOTO = { width: 4000, height: 3000 };
const PAGE = { width: 3600, height: 2400 };
/** Two by two, with a margin. */
const SLOT = { width: 1740, height: 1140 };
const MARGIN = 40;

/** A photograph of 12 MP as a camera makes them, with its noise: 5 MB. */
export async function makeLargePhoto(name: string): Promise<Buffer> {
  const file = fileURLToPath(new URL(`../camera/player/${name}.jpg`, import.meta.url));
  const noise = { type: 'gaussian', mean: 128, sigma: 12 } as const;
  const grain = await sharp({ create: { ...PHOTO, channels: 3, background: 'grey', noise } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(file)
    .resize(PHOTO)
    .composite([{ input: grain, blend: 'overlay' }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** What others are measured against: four shots on a page, JPEG in to JPEG out, by sharp and nothing else. */
export async function plainCompose(shots: readonly Buffer[]): Promise<Buffer> {
  const slots = await Promise.all(
    shots.map(async (shot, i) => ({
      input: await sharp(shot).autoOrient().resize(SLOT).raw().toBuffer(),
      raw: { ...SLOT, channels: 3 as const },
      left: MARGIN + (i % 2) * (SLOT.width + MARGIN),
      top: MARGIN + Math.floor(i / 2) * (SLOT.height + MARGIN),
    })),
  );
  return sharp({ create: { ...PAGE, channels: 3, background: '#fbf7f0' } })
    .composite(slots)
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** The best of some rounds of each, in turns: what else the machine does is not what is measured. */
export async function fastestInTurns(
  rounds: number,
  ours: () => unknown,
  reference: () => unknown,
): Promise<[ours: number, reference: number]> {
  const best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, work] of [ours, reference].entries()) {
      const started = performance.now();
      await work();
      best[i] = Math.min(best[i] as number, performance.now() - started);
    }
  }
  return best;
}
