import type { SavedPhoto } from '../../session.ts';

export type SendOutcome =
  | { kind: 'saved'; photo: SavedPhoto }
  /** The daemon looked at it and does not take it. */
  | { kind: 'refused'; full: boolean }
  /** The daemon is not there, or failed: the same shot is to be sent again. */
  | { kind: 'unanswered' };

/** A slow disk takes a second or two; longer and the daemon hangs, and will be restarted. */
const DEADLINE_MS = 20_000;

/**
 * Sends a shot to the daemon. `saved` means that it would survive the plug being pulled now.
 *
 * @param key one for each shot: sent again after no answer, it is not saved twice
 */
export async function sendShot(shot: Blob, key: string): Promise<SendOutcome> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch('/api/photos', {
      method: 'POST',
      headers: { 'Content-Type': 'image/jpeg', 'Idempotency-Key': key },
      body: shot,
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    text = await answer.text();
  } catch {
    return { kind: 'unanswered' };
  }
  if (answer.status === 201) return { kind: 'saved', photo: JSON.parse(text) as SavedPhoto };
  if (answer.status === 507) return { kind: 'refused', full: true };
  return answer.status < 500 ? { kind: 'refused', full: false } : { kind: 'unanswered' };
}
