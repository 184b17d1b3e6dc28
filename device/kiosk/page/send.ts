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
  return ask('/api/photos', {
    headers: { 'Content-Type': 'image/jpeg', 'Idempotency-Key': key },
    body: shot,
  });
}

/** Of a visit: its key, what its guest chose, and what they speak. */
export interface Sent {
  visit: string;
  plan: Plan;
  language: string;
}

/** Sends a shot of a visit; its slot is drawn meanwhile. `saved` carries nothing of worth. */
export function sendShot(sent: Sent, shot: number, picture: Blob): Promise<SendOutcome> {
  return ask(`/api/visits/${sent.visit}/shots/${shot}?${choiceOf(sent)}`, {
    headers: { 'Content-Type': 'image/jpeg' },
    body: picture,
  });
}

/** Sends the frames of a boomerang. */
export function sendClip(sent: Sent, frames: readonly Blob[]): Promise<SendOutcome> {
  const form = new FormData();
  for (const [i, frame] of frames.entries()) form.append('frame', frame, `${i}.jpg`);
  return ask(`/api/visits/${sent.visit}/clip?${choiceOf(sent)}`, { body: form });
}

const choiceOf = ({ plan: { layout, filter }, language }: Sent) =>
  new URLSearchParams({ template: layout?.name ?? '', filter, language });

/** What a visit would become, drawn by the daemon; undefined when there is nothing to be had. */
export async function showVisit(sent: Sent, what: 'picture' | 'film'): Promise<Blob | undefined> {
  const answer = await fetch(`/api/visits/${sent.visit}/${what}?${choiceOf(sent)}`, {
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  return answer.ok ? answer.blob() : undefined;
}

/** Asks for the finished picture of a visit; `saved` when it would survive the plug being pulled now. */
export function finishVisit({ visit, plan: { layout, filter }, language }: Sent): Promise<SendOutcome> {
  return ask(`/api/visits/${visit}/finish`, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ template: layout?.name, filter, language }),
  });
}

/** Tells the daemon that nobody wants what it has of a visit. Anything but `unanswered`: it has none of it now. */
export function discardVisit(visit: string): Promise<SendOutcome> {
  return ask(`/api/visits/${visit}`, { method: 'DELETE' });
}

async function ask(path: string, request: RequestInit): Promise<SendOutcome> {
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
