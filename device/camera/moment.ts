/**
 * The right moment: of the frames around zero, the one to keep. A camera holds a few of them; who can see (the
 * daemon's vision, behind {@link ChooseFrame}) says which, in time or not at all: then it is the nearest to zero.
 */

/** A frame of a ring. `at` is a time of `performance.now()`. */
export interface Frame<P> {
  at: number;
  picture: P;
}

/** A frame for looking at: small and grey, `at` in ms from zero. */
interface GreyFrame {
  at: number;
  width: number;
  height: number;
  grey: Uint8Array;
}

/** Says which of the frames is the best, by its index; undefined when it cannot tell. */
export type ChooseFrame = (frames: readonly GreyFrame[]) => Promise<number | undefined>;

/** Frames so near to zero may be the one. */
export const WINDOW_MS = 300;
/** The guest waits. */
const CHOOSE_WITHIN_MS = 400;
const GREY_WIDTH = 640;
/** Those in between differ little from their neighbours, and looking at each takes its time. */
export const LOOK_EVERY_MS = 60;

/** The frame to keep of those around `at`, or undefined when there are none. */
export async function choose<P extends CanvasImageSource | Blob>(
  ring: readonly Frame<P>[],
  at: number,
  chooseFrame: ChooseFrame | undefined,
): Promise<Frame<P> | undefined> {
  let lookedAt = Number.NEGATIVE_INFINITY;
  const frames = ring.filter((frame) => {
    if (Math.abs(frame.at - at) > WINDOW_MS || frame.at - lookedAt < LOOK_EVERY_MS) return false;
    lookedAt = frame.at;
    return true;
  });
  const chosen = chooseFrame && frames.length > 1 ? await inTime(ask(frames, at, chooseFrame)) : undefined;
  return (chosen === undefined ? undefined : frames[chosen]) ?? nearest(ring, at);
}

/** Of the same age the later one: the camera's delay is never negative. */
export function nearest<F extends { at: number }>(frames: readonly F[], at: number): F | undefined {
  return frames.reduce<F | undefined>(
    (best, frame) => (best && Math.abs(best.at - at) < Math.abs(frame.at - at) ? best : frame),
    undefined,
  );
}

async function ask<P extends CanvasImageSource | Blob>(
  frames: readonly Frame<P>[],
  at: number,
  chooseFrame: ChooseFrame,
): Promise<number | undefined> {
  const greys = await Promise.all(
    frames.map(async (frame) => ({ at: frame.at - at, ...(await greyOf(frame.picture)) })),
  );
  return chooseFrame(greys);
}

/** Late or failed is the same: the photo is made without it. */
async function inTime(work: Promise<number | undefined>): Promise<number | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, CHOOSE_WITHIN_MS, undefined);
  });
  const answer = work.catch((err: unknown) => {
    console.warn('no frame was chosen', err);
    return undefined;
  });
  const chosen = await Promise.race([answer, tooLate]);
  clearTimeout(timer);
  return chosen;
}

async function greyOf(picture: CanvasImageSource | Blob): Promise<Omit<GreyFrame, 'at'>> {
  const small = await createImageBitmap(picture as ImageBitmapSource, { resizeWidth: GREY_WIDTH });
  const { width, height } = small;
  const pen = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!pen) throw new Error('no canvas');
  pen.drawImage(small, 0, 0);
  small.close();
  const { data } = pen.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i += 1, at += 4) {
    // Rec. 601, in 256ths.
    grey[i] = (77 * (data[at] ?? 0) + 150 * (data[at + 1] ?? 0) + 29 * (data[at + 2] ?? 0)) >> 8;
  }
  return { width, height, grey };
}
