/** Gives each who asks one turn at a time; another's are not waited for. */
export type Turns = <T>(who: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T | undefined>;

/** Work is begun when what the same one asked for before is done, and never when it was given up meanwhile. */
export function createTurns(): Turns {
  /** Of each, when the last that was asked for ends; never rejects. */
  const ends = new Map<string, Promise<unknown>>();
  return async (who, signal, work) => {
    const turn = (ends.get(who) ?? Promise.resolve()).then(() => (signal.aborted ? undefined : work()));
    const end = turn.then(
      () => undefined,
      () => undefined,
    );
    ends.set(who, end);
    try {
      return await turn;
    } finally {
      if (ends.get(who) === end) ends.delete(who);
    }
  };
}
