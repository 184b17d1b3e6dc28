/** Less than what the daemon waits for: a visit is not taken for over because one word was lost. */
const SAY_AGAIN_MS = 15_000;

/** Tells the daemon whether a guest is in the middle of a visit: then it opens no hotspot. */
export function createGuestHere(): {
  follow(isHere: boolean): void;
  /** Another start of the daemon, which has heard nothing yet. */
  sayAgain(): void;
} {
  let wasHere = false;
  let timer: number | undefined;
  // A word that is lost is said again, or runs out.
  const say = (word: 'here' | 'gone') =>
    void fetch(`/api/guest/${word}`, { method: 'POST', signal: AbortSignal.timeout(5_000) }).catch(() => {});
  return {
    sayAgain() {
      if (wasHere) say('here');
    },
    follow(isHere) {
      if (isHere === wasHere) return;
      wasHere = isHere;
      clearInterval(timer);
      say(isHere ? 'here' : 'gone');
      if (isHere) timer = window.setInterval(() => say('here'), SAY_AGAIN_MS);
    },
  };
}
