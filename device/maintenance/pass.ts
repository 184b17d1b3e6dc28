import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Longer than the screen stays open without a touch; each use begins it anew. */
const GOOD_FOR_MS = 5 * 60_000;

/** The token of whoever gave the right PIN: one at a time, in memory only, and only for a while. */
export interface Pass {
  give(): string;
  isGood(token: string): boolean;
  end(): void;
}

/** @param now milliseconds of a clock that never jumps */
export function createPass({ now }: { now(): number }): Pass {
  let digest: Buffer | undefined;
  let until = 0;
  const hash = (token: string) => createHash('sha256').update(token).digest();
  return {
    give() {
      const token = randomBytes(32).toString('base64url');
      digest = hash(token);
      until = now() + GOOD_FOR_MS;
      return token;
    },
    isGood(token) {
      if (!digest || now() >= until || !timingSafeEqual(digest, hash(token))) return false;
      until = now() + GOOD_FOR_MS;
      return true;
    },
    end() {
      digest = undefined;
    },
  };
}
