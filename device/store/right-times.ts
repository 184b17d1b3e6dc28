import type { CaptureClock } from '@photomaton/design-docs/docs';
import { CLOSE_ENOUGH_MS, EARLIEST_MS } from '../clock.ts';

/** A photo, and what the booth's clock said when it was taken. */
export interface Taken {
  n: number;
  takenAt: Date;
  clock: CaptureClock;
}

/** The moment at which the time is known at last. */
export interface KnownTime {
  now: Date;
  /** How much the system's clock is behind. */
  behindMs: number;
  bootId: string;
  monotonicMs: number;
}

/**
 * When photos were really taken, by number; only those that were not taken when they say. Pure.
 *
 * Within one start of the machine the monotonic clock tells it exactly, whatever the system's clock did. For starts
 * before that, only this is known: the order of the numbers, the time between the photos of one start, and that a
 * start was over before the next began. A clock that nobody set goes on where it stopped, so they are moved by
 * as much as the next start had to be, and never into it; if that is not possible, to just before it.
 */
export function rightTimes(photos: Taken[], known: KnownTime): Map<number, Date> {
  const right = new Map<number, Date>();
  const starts = byStart(photos).reverse();
  /** When the start after the one in hand began, and how much its clock was behind. */
  let next = { began: known.now.getTime() - known.monotonicMs, behindMs: known.behindMs };

  for (const start of starts) {
    const last = start.at(-1);
    if (!last) continue;
    const trusted = start.findLast(({ clock }) => clock.trusted);
    let began: number;
    if (last.clock.bootId === known.bootId) began = known.now.getTime() - known.monotonicMs;
    else if (trusted) began = trusted.takenAt.getTime() - trusted.clock.monotonicMs;
    else {
      const moved = last.takenAt.getTime() + next.behindMs;
      const isPossible = moved >= EARLIEST_MS && moved < next.began;
      began = (isPossible ? moved : next.began - 1) - last.clock.monotonicMs;
    }
    for (const photo of start) {
      const taken = began + photo.clock.monotonicMs;
      if (Math.abs(taken - photo.takenAt.getTime()) > CLOSE_ENOUGH_MS) right.set(photo.n, new Date(taken));
    }
    const untrusted = start.findLast(({ clock }) => !clock.trusted);
    const behindMs = untrusted ? began + untrusted.clock.monotonicMs - untrusted.takenAt.getTime() : 0;
    next = { began, behindMs };
  }
  return right;
}

/** Photos of one start of the machine each, in order. */
function byStart(photos: Taken[]): Taken[][] {
  const starts = new Map<string, Taken[]>();
  for (const photo of [...photos].sort((a, b) => a.n - b.n)) {
    const start = starts.get(photo.clock.bootId);
    if (start) start.push(photo);
    else starts.set(photo.clock.bootId, [photo]);
  }
  return [...starts.values()];
}
