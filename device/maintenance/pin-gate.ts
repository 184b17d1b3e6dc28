import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import { z } from 'zod';

/**
 * Compares PINs, ever more slowly: after three wrong ones 5 s have to pass before the next, then 10, 20 … up to 5
 * minutes. The count is on the disk before a guess is looked at, and after a restart the wait begins anew: neither
 * pulling the plug nor setting the clock makes guessing faster.
 */
type Guess = { kind: 'right' } | { kind: 'wrong'; waitMs: number } | { kind: 'wait'; waitMs: number };

export interface PinGate {
  guess(given: string, pin: string): Promise<Guess>;
  /** How long until a guess is looked at again. */
  waitMs(): number;
}

const FREE_GUESSES = 3;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 5 * 60_000;

const stored = z.strictObject({ wrong: z.int().min(0) });

/** @param now milliseconds of a clock that never jumps */
export async function openPinGate({ file, now }: { file: string; now(): number }): Promise<PinGate> {
  let wrong = await readCount(file);
  let openAt = now() + waitAfter(wrong);
  let turn: Promise<unknown> = Promise.resolve();
  const waitMs = () => Math.max(0, openAt - now());

  async function count(next: number): Promise<void> {
    await writeDurably(file, `${JSON.stringify({ wrong: next })}\n`);
    wrong = next;
  }

  async function look(given: string, pin: string): Promise<Guess> {
    if (waitMs() > 0) return { kind: 'wait', waitMs: waitMs() };
    await count(wrong + 1);
    if (isSame(given, pin)) {
      await count(0);
      return { kind: 'right' };
    }
    openAt = now() + waitAfter(wrong);
    return { kind: 'wrong', waitMs: waitMs() };
  }

  return {
    waitMs,
    // One after the other: guesses that come together would all be looked at before the first is counted.
    guess(given, pin) {
      const done = turn.then(() => look(given, pin));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

function waitAfter(wrong: number): number {
  if (wrong < FREE_GUESSES) return 0;
  return Math.min(FIRST_WAIT_MS * 2 ** (wrong - FREE_GUESSES), LONGEST_WAIT_MS);
}

/** In a time that tells nothing of how much of it is right. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** A count that cannot be read is no reason to lock somebody out, nor to give many guesses for nothing. */
async function readCount(file: string): Promise<number> {
  try {
    return stored.parse(JSON.parse(await readFile(file, 'utf8'))).wrong;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 0 : FREE_GUESSES;
  }
}
