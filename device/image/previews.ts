import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';

/** What the thread is asked for, and what it answers; pictures travel as bytes, moved, not copied. */
export interface PreviewJob {
  job: number;
  jpeg: Uint8Array;
}
export type PreviewAnswer =
  | { job: number; thumbnail: Uint8Array; screen: Uint8Array }
  | { job: number; failure: string };

const SCREEN_PX = 1600;
const THUMBNAIL_PX = 480;
/** As store/jpeg.ts: what claims more than 100 MP is there to exhaust memory. */
const LIMIT = { failOn: 'truncated', limitInputPixels: 100_000_000 } as const;

// One thread of libvips: the booth has other things to do, and the pictures are small.
sharp.concurrency(1);

/** JPEG in sRGB, upright, at most so many pixels on the long side; without EXIF (sharp drops it). */
async function shrink(jpeg: Uint8Array, px: number, quality: number): Promise<Uint8Array> {
  const shrunk = await sharp(jpeg, LIMIT)
    .autoOrient()
    .resize(px, px, { fit: 'inside', withoutEnlargement: true })
    .toColorspace('srgb')
    .jpeg({ quality })
    .toBuffer();
  return new Uint8Array(shrunk);
}

async function answer({ job, jpeg }: PreviewJob): Promise<PreviewAnswer> {
  try {
    const screen = await shrink(jpeg, SCREEN_PX, 82);
    const thumbnail = await shrink(screen, THUMBNAIL_PX, 78);
    return { job, thumbnail, screen };
  } catch (error) {
    return { job, failure: (error as Error).message };
  }
}

parentPort?.on('message', (job: PreviewJob) => {
  void answer(job).then((result) => {
    const moved = 'failure' in result ? [] : [result.thumbnail.buffer, result.screen.buffer];
    parentPort?.postMessage(result, moved as ArrayBuffer[]);
  });
});
