import type { BoothId } from '@photomaton/design-docs/docs';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { tryConsume } from './limits.ts';

/** Booths that wait behind one address at once: a depot full of them. */
const PLACES_AN_ADDRESS = 200;
/** A booth that waits for ever needs 6 new codes an hour; so do those of a depot. */
const CODES_A_BOOTH = 20;
const CODES_AN_ADDRESS = 1_500;
const HOUR_S = 3600;

/** How many booths may wait at an address of this node, and how many codes they may have there. */
export interface BoothLimits {
  /** Gives what leaves the place again; undefined when all of the address are taken. */
  takePlace(address: string): (() => void) | undefined;
  /** Counts a new code. Undefined when the booth may have it, else how long it must wait. */
  takeCode(booth: BoothId, address: string): Promise<{ retryMs: number } | undefined>;
}

export function createBoothLimits(): BoothLimits {
  const places = new Map<string, number>();
  const perBooth = new RateLimiterMemory({ points: CODES_A_BOOTH, duration: HOUR_S });
  const perAddress = new RateLimiterMemory({ points: CODES_AN_ADDRESS, duration: HOUR_S });

  return {
    takePlace(address) {
      const taken = places.get(address) ?? 0;
      if (taken >= PLACES_AN_ADDRESS) return undefined;
      places.set(address, taken + 1);
      return () => {
        const left = (places.get(address) ?? 1) - 1;
        if (left === 0) places.delete(address);
        else places.set(address, left);
      };
    },
    takeCode: (booth, address) => tryConsume([perBooth, booth], [perAddress, address]),
  };
}
