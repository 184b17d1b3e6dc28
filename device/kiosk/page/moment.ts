import { encodeFrames, type TimedFrame } from '../../image/vision/frames.ts';

/** The guest is waiting: after that it is the frame nearest to zero. */
const ANSWER_WITHIN_MS = 400;

/**
 * Asks the daemon's vision which frame around zero is to be kept (image/vision/choose.ts). Undefined when it does
 * not know, or not in time: then it is the one nearest to zero.
 */
export async function chooseFrame(frames: readonly TimedFrame[]): Promise<number | undefined> {
  try {
    const answer = await fetch('/api/vision/choose', {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: encodeFrames(frames),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return ((await answer.json()) as { frame?: number }).frame;
  } catch {
    return undefined;
  }
}
