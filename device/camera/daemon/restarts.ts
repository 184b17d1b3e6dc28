import type { CameraProblem } from '../camera.ts';

/** How a run of a camera ended. */
export type Ending = Exclude<CameraProblem, 'refused'>;

/** The same with the last words of the program, for the log. */
export interface Ended {
  ending: Ending;
  said: string;
}

/** The first restart comes at once: a guest may be counting down. */
const FIRST_MS = 100;
/** No longer: it is plugged in again, and somebody waits in front of it. No jitter: there is one booth per camera. */
const MOST_MS = 5_000;
/** Somebody has to install it. */
const NOT_INSTALLED_MS = 30_000;
/** A camera that lived so long was well: its next failure is the first. */
const WELL_MS = 10_000;

/** How often it failed in a row, this time too, and how long to wait before it is started again. */
export function afterEnding(
  failures: number,
  { ending, livedMs }: { ending: Ending; livedMs: number },
): { failures: number; waitMs: number } {
  const inARow = livedMs >= WELL_MS ? 1 : failures + 1;
  if (ending === 'not-installed') return { failures: inARow, waitMs: NOT_INSTALLED_MS };
  return { failures: inARow, waitMs: Math.min(MOST_MS, FIRST_MS * 2 ** (inARow - 1)) };
}
