/** A count that can be waited for: wakes every reader of a changes feed when something was written. */
export interface Feed {
  readonly count: number;
  add(): void;
  /** True when the count has passed `count`, false when `signal` was aborted or the time is over first. */
  passed(count: number, options: { signal: AbortSignal; timeoutMs: number }): Promise<boolean>;
}

export function createFeed(): Feed {
  let count = 0;
  const waiting = new Set<() => void>();
  return {
    get count() {
      return count;
    },
    add() {
      count += 1;
      for (const wake of waiting) wake();
    },
    passed(since, { signal, timeoutMs }) {
      if (count > since) return Promise.resolve(true);
      if (signal.aborted) return Promise.resolve(false);
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          waiting.delete(end);
          resolve(count > since);
        };
        const timer = setTimeout(end, timeoutMs);
        signal.addEventListener('abort', end);
        waiting.add(end);
      });
    },
  };
}
