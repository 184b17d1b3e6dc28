import type { Plan, SavedPhoto } from '../../session.ts';

export type SendOutcome =
  | { kind: 'saved'; photo: SavedPhoto }
  /** The daemon looked at it and does not take it. */
  | { kind: 'refused'; full: boolean }
  /** The daemon is not there, or failed: the same is to be sent again. */
  | { kind: 'unanswered' };

/** A slow disk takes a second or two, a large picture a few; longer and the daemon hangs, and will be restarted. */
const DEADLINE_MS = 20_000;

/**
 * Sends a shot to the daemon as a photo of its own. `saved` means that it would survive the plug being pulled now.
 *
 * @param key one for each shot: sent again after no answer, it is not saved twice
 */
export function sendPhoto(shot: Blob, key: string): Promise<SendOutcome> {
  return post('/api/photos', {
    headers: { 'Content-Type': 'image/jpeg', 'Idempotency-Key': key },
    body: shot,
  });
}

/** Sends a shot of a visit; its slot is drawn meanwhile. `saved` carries nothing of worth. */
export function sendShot(visit: string, plan: Plan, shot: number, picture: Blob): Promise<SendOutcome> {
  return post(`/api/visits/${visit}/shots/${shot}?${choiceOf(plan)}`, {
    headers: { 'Content-Type': 'image/jpeg' },
    body: picture,
  });
}

/** Sends the frames of a boomerang. */
export function sendClip(visit: string, plan: Plan, frames: readonly Blob[]): Promise<SendOutcome> {
  const form = new FormData();
  for (const [i, frame] of frames.entries()) form.append('frame', frame, `${i}.jpg`);
  return post(`/api/visits/${visit}/clip?${choiceOf(plan)}`, { body: form });
}

const choiceOf = ({ layout, filter }: Plan) => new URLSearchParams({ template: layout?.name ?? '', filter });

/** Asks for the finished picture of a visit; `saved` when it would survive the plug being pulled now. */
export function finishVisit(visit: string, { layout, filter }: Plan, language: string): Promise<SendOutcome> {
  return post(`/api/visits/${visit}/finish`, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ template: layout?.name, filter, language }),
  });
}

async function post(path: string, request: RequestInit): Promise<SendOutcome> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      method: 'POST',
      ...request,
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
