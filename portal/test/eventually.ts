import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is there; throws after ten seconds, unless told. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  while (true) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await sleep(25);
  }
}
