import { boothDatabase, type EventId, eventDatabase, type StatusDoc } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import type { Store } from '../store/store.ts';
import type { BoothDb } from './booth-db.ts';
import { openLine } from './line.ts';
import { writeAsMultipart } from './multipart.ts';
import { detailOf, outcomeOf, problemOf, type SyncOutcome } from './outcome.ts';
import { PARALLEL_PER_LANE, pushWaiting, type Refused } from './push.ts';

/** Who the booth is to the server. */
export interface SyncAccount {
  booth: string;
  binding: { key: string; syncUrl: string };
}

export interface CycleResult {
  outcome: SyncOutcome;
  refused: Refused[];
}

/** Nothing moves for so long: the request has failed. */
const STALL_MS = 30_000;
/** How often the portal hears how far a long push is. */
const TELL_EVERY_MS = 10_000;
/** As design-docs says of `StatusDoc.refused`, and within what the validator takes. */
const MAX_REFUSED = 20;
const MAX_REASON_LENGTH = 500;

/**
 * One cycle: pull settings and templates, push the status, push what waits for the event, verify, release, push
 * the status again. Never rejects: how it ended is what it gives.
 */
export async function runCycle({
  store,
  boothDb,
  account,
  version,
  fetch,
  now,
  signal,
  stallMs = STALL_MS,
}: {
  store: Store;
  boothDb: BoothDb;
  account: SyncAccount;
  version: string;
  fetch: typeof globalThis.fetch;
  now(): Date;
  signal: AbortSignal;
  stallMs?: number | undefined;
}): Promise<CycleResult> {
  const line = openLine({ fetch, signal, stallMs });
  const { booth, binding } = account;
  let refused: Refused[] = [];
  let event: EventId | undefined;

  function remote(database: string): PouchDB.Database {
    const name = `${binding.syncUrl}/${database}`;
    const auth = { username: `booth-${booth}`, password: binding.key };
    return new PouchDB(name, { fetch: line.fetch, auth, skip_setup: true });
  }

  async function putStatus(outcome?: SyncOutcome): Promise<void> {
    const status = await makeStatus({ store, event, refused, version, now });
    const previous = outcome ? lastSync(outcome, now()) : await boothDb.lastSync();
    await boothDb.putStatus(previous ? { ...status, lastSync: previous } : status);
  }

  async function run(): Promise<SyncOutcome> {
    const own = remote(boothDatabase(booth));
    await boothDb.pull(own);
    event = (await boothDb.settings())?.event.id;
    await putStatus();
    await boothDb.push(own);
    if (!event) return { kind: 'no-event' };
    const target = writeAsMultipart(remote(eventDatabase(event)), {
      parallel: PARALLEL_PER_LANE,
      restore: (id) => store.picture(id, 'original'),
      onStart: (id) => store.markUploading(id, true),
      onEnd: (id) => store.markUploading(id, false),
    });
    let told = performance.now();
    const onRound = async () => {
      if (performance.now() - told < TELL_EVERY_MS) return;
      told = performance.now();
      await putStatus();
      await boothDb.push(own);
    };
    refused = await pushWaiting({ store, remote: target, signal, onRound });
    const outcome: SyncOutcome =
      refused.length === 0
        ? { kind: 'ok' }
        : {
            kind: 'incomplete',
            reason: `${refused.length} documents are not on the server: ${refused[0]?.reason}`,
          };
    await putStatus(outcome);
    await boothDb.push(own);
    return outcome;
  }

  try {
    return { outcome: await run(), refused };
  } catch (error) {
    const outcome = outcomeOf(error, line.trouble());
    await putStatus(outcome); // for the booth's own screen, and for the portal when the line is back
    return { outcome, refused };
  }
}

const lastSync = (outcome: SyncOutcome, at: Date): NonNullable<StatusDoc['lastSync']> => {
  const problem = problemOf(outcome);
  const detail = detailOf(outcome)?.slice(0, MAX_REASON_LENGTH);
  return {
    at: at.toISOString(),
    outcome: problem ? 'failed' : 'ok',
    ...(problem && { problem }),
    ...(detail && { detail }),
  };
};

async function makeStatus({
  store,
  event,
  refused,
  version,
  now,
}: {
  store: Pick<Store, 'list' | 'space'>;
  event: EventId | undefined;
  refused: Refused[];
  version: string;
  now(): Date;
}): Promise<StatusDoc> {
  const photos = { onBooth: 0, uploading: 0, inCloud: 0 };
  for (const { state } of await store.list()) {
    if (state === 'in-cloud') photos.inCloud += 1;
    else if (state === 'uploading') photos.uploading += 1;
    else photos.onBooth += 1;
  }
  const { freeBytes, reserveBytes } = await store.space();
  const waiting = photos.onBooth + photos.uploading;
  return {
    _id: 'status',
    type: 'status',
    at: now().toISOString(),
    version,
    photos,
    waiting: event && waiting > 0 ? { [event]: waiting } : {},
    disk: { freeBytes, reserveBytes },
    refused: refused
      .slice(-MAX_REFUSED)
      .map(({ id, reason }) => ({ id, reason: reason.slice(0, MAX_REASON_LENGTH) })),
  };
}
