/** States one after the other, the way back and forth between them. */
interface History<T> {
  /** A new state; what was undone before it is gone. One that is as the present one is none. */
  push(state: T): void;
  /** The state before, or undefined when this is the first. */
  undo(): T | undefined;
  redo(): T | undefined;
  canUndo(): boolean;
  canRedo(): boolean;
}

const MOST = 100;

export function createHistory<T>(first: T): History<T> {
  let states = [first];
  let at = 0;
  const go = (by: number): T | undefined => {
    if (states[at + by] === undefined) return undefined;
    at += by;
    return states[at];
  };
  return {
    push(state) {
      if (state === states[at]) return;
      states = [...states.slice(0, at + 1), state].slice(-MOST);
      at = states.length - 1;
    },
    undo: () => go(-1),
    redo: () => go(1),
    canUndo: () => at > 0,
    canRedo: () => at < states.length - 1,
  };
}
