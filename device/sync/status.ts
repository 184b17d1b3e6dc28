import type { EventId, StatusDoc } from '@photomaton/design-docs/docs';
import { docsIn } from '../store/cloud.ts';
import type { Store } from '../store/store.ts';
import { detailOf, problemOf, type SyncOutcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import type { Refused } from './refusals.ts';

/** As design-docs says of `StatusDoc.refused`, and within what the validator takes. */
const MAX_REFUSED = 20;
const MAX_REASON_LENGTH = 500;
const MAX_OWED = 100;

/** What the booth says of itself. */
export async function makeStatus({
  store,
  event,
  refused,
  brokenTemplates,
  templates,
  settings,
  choseEvent,
  version,
  camera,
  keys,
  pace,
  at,
  previous,
  outcome,
}: {
  store: Pick<Store, 'list' | 'gone' | 'space' | 'waiting'>;
  /** The event of now. */
  event: EventId | undefined;
  refused: Refused[];
  brokenTemplates: NonNullable<StatusDoc['brokenTemplates']>;
  templates: NonNullable<StatusDoc['templates']>;
  settings: StatusDoc['settings'];
  choseEvent: EventId | undefined;
  version: string;
  camera: StatusDoc['camera'] | undefined;
  keys: Pick<StatusDoc, 'publicKey' | 'newKey'> | undefined;
  pace: Pick<Pace, 'bytesPerSecond'>;
  at: Date;
  /** What it said the last time. */
  previous: StatusDoc | undefined;
  /** How the cycle ended; absent while it runs. */
  outcome: SyncOutcome | undefined;
}): Promise<StatusDoc> {
  const photos = { onBooth: 0, uploading: 0, inCloud: event ? store.gone(event) : 0 };
  const waiting: Record<EventId, number> = {};
  for (const photo of await store.list()) {
    const to = photo.event ?? event;
    if (to && photo.state !== 'in-cloud') waiting[to] = (waiting[to] ?? 0) + 1;
    // What is left of the events of others is not this owner's to hear of.
    if (to !== event) continue;
    if (photo.state === 'in-cloud') photos.inCloud += 1;
    else if (photo.state === 'uploading') photos.uploading += 1;
    else photos.onBooth += 1;
  }
  const { freeBytes, reserveBytes } = await store.space();
  const bytesPerSecond = pace.bytesPerSecond();
  const bytesLeft = bytesWaiting(store, event);
  const isUnderWay = !outcome && bytesLeft > 0 && bytesPerSecond > 0;
  const unsent = store.waiting();
  const extrasWaiting = unsent
    .flatMap(({ extras }) => extras)
    .filter((doc) => (doc.event ?? event) === event).length;
  // Photos whose time is not decided wait too, and shots and clips outlast theirs.
  const owes = [
    ...new Set([...Object.keys(waiting), ...unsent.flatMap(docsIn).flatMap(({ event }) => event ?? [])]),
  ]
    .filter((id) => id !== event)
    .slice(0, MAX_OWED);
  const lastSync = outcome ? lastSyncOf(outcome, at) : previous?.lastSync;
  const allSentAt = outcome?.kind === 'ok' ? at.toISOString() : previous?.allSentAt;
  return {
    _id: 'status',
    type: 'status',
    at: at.toISOString(),
    version,
    ...(event && { event }),
    photos,
    waiting,
    ...(settings && { settings }),
    ...(choseEvent && { choseEvent }),
    ...(camera && { camera }),
    ...keys,
    ...(owes.length > 0 && { owes }),
    ...(brokenTemplates.length > 0 && { brokenTemplates }),
    ...(templates.length > 0 && { templates }),
    ...(extrasWaiting > 0 && { extrasWaiting }),
    ...(isUnderWay && { upload: { bytesLeft, bytesPerSecond } }),
    disk: { freeBytes, reserveBytes },
    ...(lastSync && { lastSync }),
    ...(allSentAt && { allSentAt }),
    refused: refused
      .slice(-MAX_REFUSED)
      .map(({ id, reason }) => ({ id, reason: reason.slice(0, MAX_REASON_LENGTH) })),
  };
}

/** Bytes that are still to be sent to the event of now. */
export function bytesWaiting(store: Pick<Store, 'waiting'>, event: EventId | undefined): number {
  return store
    .waiting()
    .flatMap(docsIn)
    .filter((doc) => (doc.event ?? event) === event)
    .flatMap(({ attachments }) => Object.values(attachments))
    .reduce((sum, { length }) => sum + length, 0);
}

function lastSyncOf(outcome: SyncOutcome, at: Date): NonNullable<StatusDoc['lastSync']> {
  const problem = problemOf(outcome);
  const detail = detailOf(outcome)?.slice(0, MAX_REASON_LENGTH);
  return {
    at: at.toISOString(),
    outcome: problem ? 'failed' : 'ok',
    ...(problem && { problem }),
    ...(detail && { detail }),
  };
}
