import type { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What is counted, and for whom. */
export type Limit = [limiter: RateLimiterMemory, key: string];

/**
 * Takes one point of each limit, or none when one of them is used up, and gives how long that lasts.
 * A refused try lengthens nothing. Counted in this node's memory.
 */
export async function tryConsume(...limits: Limit[]): Promise<{ retryMs: number } | undefined> {
  for (const [i, [limiter, key]] of limits.entries()) {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal;
      await giveBack(...limits.slice(0, i));
      return { retryMs: (refusal as RateLimiterRes).msBeforeNext };
    }
  }
  return undefined;
}

/** What was taken did not count after all. */
export async function giveBack(...limits: Limit[]): Promise<void> {
  for (const [limiter, key] of limits) await limiter.reward(key);
}
