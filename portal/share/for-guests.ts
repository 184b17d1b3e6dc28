import type { RequestHandler } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { consume } from '../accounts/throttle.ts';
import { networkOf } from '../sync/credentials.ts';

/** A wedding's guests are behind one address, and their pages ask from time to time: generous. */
const REQUESTS_A_MINUTE = 3_000;

/** Of pictures: short, so that taking a link back, or a photo, has an effect. */
export const CACHE_CONTROL = 'private, max-age=600';

/** Before every page and picture of a link: for nobody's index, cache or history, and not without end. */
export function forGuests(): RequestHandler {
  const perAddress = new RateLimiterMemory({ points: REQUESTS_A_MINUTE, duration: 60 });
  return async (req, res, next) => {
    await consume(perAddress, networkOf(req.ip ?? ''));
    res.set({
      'Referrer-Policy': 'no-referrer',
      'X-Robots-Tag': 'noindex, nofollow, noarchive',
      'Cache-Control': 'private, no-store',
    });
    next();
  };
}
