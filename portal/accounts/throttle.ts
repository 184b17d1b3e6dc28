import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from '../http-errors.ts';

/**
 * Slows down guessing: per account from one address, per account from everywhere, and per address. Counts
 * are per node and in memory, and every one of them forgets by itself: nobody is locked out for good.
 */
export interface LoginThrottle {
  /** Counts a try before the password is looked at. Throws 429 when there were too many. */
  attempt(o: { email: string; address: string }): Promise<void>;
  /** A right password: the tries of this account from this address are forgotten. */
  passed(o: { email: string; address: string }): Promise<void>;
}

const QUARTER_HOUR_S = 15 * 60;

export function createLoginThrottle(): LoginThrottle {
  const pair = new RateLimiterMemory({ points: 10, duration: QUARTER_HOUR_S });
  const account = new RateLimiterMemory({ points: 50, duration: QUARTER_HOUR_S });
  const address = new RateLimiterMemory({ points: 100, duration: QUARTER_HOUR_S });

  return {
    async attempt(who) {
      await consume(address, who.address);
      await consume(pair, pairKey(who));
      await consume(account, emailKey(who.email));
    },
    async passed(who) {
      await pair.delete(pairKey(who));
    },
  };
}

/** Counts one; throws 429 with the time to wait when the limit is passed. */
export async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    tooMany(Math.ceil(error.msBeforeNext / 1000));
  }
}

/** Of fixed length, whatever was typed. */
function emailKey(email: string): string {
  return createHash('sha256').update(email.normalize('NFC').trim().toLowerCase()).digest('base64');
}

function pairKey({ email, address }: { email: string; address: string }): string {
  return `${emailKey(email)} ${address}`;
}
