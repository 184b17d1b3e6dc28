/** A document that is still on the booth after a try, with the reason. */
export interface Refused {
  id: string;
  reason: string;
}

/**
 * What was tried in vain. It is tried again, slowly: the server may have been mended, and nothing is given up. Kept
 * in memory only: after a restart everything is tried once.
 */
export interface Refusals {
  /** Not to be tried yet. */
  isResting(id: string): boolean;
  add(refused: Refused[]): void;
  /** Everything may be tried now: someone asked. */
  wake(): void;
  /** Those of these documents that were tried in vain; what is not among them any more is forgotten. */
  among(waiting: Iterable<string>): Refused[];
}

/** First wait, doubled with each try; the interval of the sync, and about an hour. */
const FIRST_MS = 5 * 60_000;
const MOST_MS = 80 * 60_000;

export function createRefusals(now: () => number = () => performance.now()): Refusals {
  const refusals = new Map<string, { reason: string; tries: number; notBefore: number }>();
  return {
    isResting: (id) => (refusals.get(id)?.notBefore ?? 0) > now(),
    add(refused) {
      for (const { id, reason } of refused) {
        const tries = (refusals.get(id)?.tries ?? 0) + 1;
        const wait = Math.min(MOST_MS, FIRST_MS * 2 ** (tries - 1));
        refusals.set(id, { reason, tries, notBefore: now() + wait });
      }
    },
    wake() {
      for (const refusal of refusals.values()) refusal.notBefore = 0;
    },
    among(waiting) {
      const ids = new Set(waiting);
      for (const id of refusals.keys()) if (!ids.has(id)) refusals.delete(id);
      return [...refusals].map(([id, { reason }]) => ({ id, reason }));
    },
  };
}
