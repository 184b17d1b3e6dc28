/**
 * The page that waits for the tap on the booth: asks how it stands, and loads the page again when that is
 * not what it shows; the portal then says where to go. Without JavaScript the page refreshes itself.
 */
const ASK_EVERY_MS = 1_500;

const shown = document.querySelector<HTMLElement>('[data-pairing-state]')?.dataset.pairingState;

async function hasChanged(): Promise<boolean> {
  try {
    const answer = await fetch('/booths/register/wait/state', { signal: AbortSignal.timeout(10_000) });
    // Logged out, or the pairing is gone: the portal knows what page to show.
    if (answer.redirected) return true;
    if (!answer.ok) return answer.status < 500;
    return ((await answer.json()) as { state: string }).state !== shown;
  } catch {
    // Offline for a moment: ask again.
    return false;
  }
}

while (!(await hasChanged())) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
location.reload();
