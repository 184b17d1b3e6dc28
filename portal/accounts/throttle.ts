import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from '../web/http-errors.ts';

/** Who tries: as what account, from where, and (known-device.ts) in which browser of that account, if it is one. */
export interface Try {
  email: string;
  address: string;
  device?: string | undefined;
}

/**
 * Slows down guessing: per account from one address, per account from everywhere, and per address; in a browser that
 * has logged the account in before, per browser alone. Counts are per node and in memory, and every one of them
 * forgets by itself: nobody is locked out for good.
 */
export interface LoginThrottle {
  /** Counts a try before the password is looked at. Throws 429 when there were too many. */
  attempt(who: Try): Promise<void>;
  /** A right password is no guess: it does not count, and those before it from the same place are forgotten. */
  passed(who: Try): Promise<void>;
}

const QUARTER_HOUR_S = 15 * 60;

export function createLoginThrottle(): LoginThrottle {
  const device = new RateLimiterMemory({ points: 10, duration: QUARTER_HOUR_S });
  const pair = new RateLimiterMemory({ points: 10, duration: QUARTER_HOUR_S });
  const account = new RateLimiterMemory({ points: 50, duration: QUARTER_HOUR_S });
  const address = new RateLimiterMemory({ points: 100, duration: QUARTER_HOUR_S });

  return {
    async attempt(who) {
      if (who.device !== undefined) return await consume(device, who.device);
      await consume(address, who.address);
      await consume(pair, pairKey(who));
      await consume(account, emailKey(who.email));
    },
    async passed(who) {
      if (who.device !== undefined) return void (await device.delete(who.device));
      await pair.delete(pairKey(who));
      await account.reward(emailKey(who.email));
      await address.reward(who.address);
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
export function emailKey(email: string): string {
  return createHash('sha256').update(email.normalize('NFC').trim().toLowerCase()).digest('base64');
}

function pairKey({ email, address }: Try): string {
  return `${emailKey(email)} ${address}`;
}
