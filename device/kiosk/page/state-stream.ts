import type { KioskState } from '../state.ts';

/** How soon a stream of states is asked for again that the daemon did not give. */
const FOLLOW_AGAIN_MS = 2_000;

/** Follows the state that the daemon streams; `undefined` while the daemon is not there. */
export function followState(onState: (state: KioskState | undefined) => void): void {
  const source = new EventSource('/api/state');
  source.onmessage = ({ data }) => onState(JSON.parse(String(data)) as KioskState);
  source.onerror = () => {
    onState(undefined);
    // The browser comes back by itself when the daemon restarts, but not from an answer that was an error.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => followState(onState), FOLLOW_AGAIN_MS);
  };
}
