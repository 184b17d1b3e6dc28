/**
 * Tests that kill at a call look at every fifth one, beginning with any of the first five, so that all are looked at in
 * time; `EVERY_CALL=1` (`npm run test:kills`) looks at each.
 */
export const CALLS_APART = process.env.EVERY_CALL ? 1 : 5;
export const FIRST_CALL = Math.floor(Math.random() * CALLS_APART);

/** What a process that is killed leaves undone. */
export class PulledPlug extends Error {}

/** The same object, until the n-th call of any of those that share `calls`: that one, and all after, die. */
export function dyingAt<T extends object>(whole: T, calls: { left: number }): T {
  return new Proxy(whole, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return async (...args: unknown[]) => {
        if (calls.left-- <= 0) throw new PulledPlug();
        return await found.apply(target, args);
      };
    },
  });
}

/** Does the work, killed after so many calls of these parts; did it come to its end? */
export async function survived(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof PulledPlug) return false;
    throw error;
  }
}
