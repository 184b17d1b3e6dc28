import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CaptureClock } from '@photomaton/design-docs/docs';

/**
 * The booth's clock. A Raspberry Pi has no battery: it wakes up in 1970, or where it fell asleep, jumps when the
 * network tells the time, and at some venues the network never does. What every server says in its answers
 * (`Date`, RFC 9110, 6.6.1) is enough: from the first answer on, time is counted from there by the clock that
 * never jumps (CLOCK_MONOTONIC), whatever happens to the system's.
 */
export interface Clock {
  /** The time as well as the booth knows it. */
  now(): Date;
  /** What a photo that is taken now remembers of the clock. */
  reading(): CaptureClock;
  /** How much the system's clock is behind, as far as the booth knows: 0 before it has learnt the time. */
  behindMs(): number;
  /** A server that proved to be the right one said that it is this time. */
  learn(serverTime: Date): void;
  /** Somebody's phone says so: better than nothing, and no more. What is taken by it is put right later. */
  suggest(phoneTime: Date): void;
}

/** Closer than this the system's own clock is the better one: the header has whole seconds, and travelled. */
export const CLOSE_ENOUGH_MS = 30_000;
/** Before this software was written it cannot be: a server that says so has no clock either. */
export const EARLIEST_MS = Date.parse('2026-01-01T00:00:00Z');

export function createClock({
  systemNow = Date.now,
  monotonicMs = () => Number(process.hrtime.bigint() / 1_000_000n),
  bootId = readBootId(),
}: {
  systemNow?: () => number;
  /** Never jumps, counts from the start of the machine. */
  monotonicMs?: () => number;
  /** Another after each start of the machine: monotonic times compare only within one. */
  bootId?: string;
} = {}): Clock {
  let known: { time: number; monotonicMs: number; trusted: boolean } | undefined;

  const now = () => (known ? known.time + (monotonicMs() - known.monotonicMs) : systemNow());
  function take(time: Date, trusted: boolean): void {
    const told = time.getTime();
    if (!(told >= EARLIEST_MS)) return;
    const isClose = Math.abs(told - systemNow()) < CLOSE_ENOUGH_MS;
    known = { time: isClose ? systemNow() : told, monotonicMs: monotonicMs(), trusted };
  }
  return {
    now: () => new Date(now()),
    reading: () => ({ bootId, monotonicMs: monotonicMs(), trusted: known?.trusted ?? false }),
    behindMs: () => Math.round(now() - systemNow()),
    learn: (serverTime) => take(serverTime, true),
    suggest(phoneTime) {
      if (!known?.trusted) take(phoneTime, false);
    },
  };
}

/** Of the machine where there is one: a daemon that restarts goes on in the same monotonic time. */
function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID(); // no Linux: a developer's machine
  }
}
