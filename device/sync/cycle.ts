import { boothDatabase, type EventId, eventDatabase } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import type { Clock } from '../clock.ts';
import { docsIn, type Store } from '../store/store.ts';
import type { Templates } from '../templates/templates.ts';
import type { BoothDb } from './booth-db.ts';
import { openLine } from './line.ts';
import { writeAsMultipart } from './multipart.ts';
import { outcomeOf, type SyncOutcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import { pushWaiting } from './push.ts';
import { readPhotosOf } from './read-photo.ts';
import type { Recheck } from './recheck.ts';
import type { Refusals, Refused } from './refusals.ts';
import { bytesWaiting, makeStatus } from './status.ts';

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
const TELL_EVERY_MS = 30_000;
/** How often the booth's own screen does. */
const REPORT_EVERY_MS = 1_000;
/** Small pictures at once, beside the originals. */
const PARALLEL_PREVIEWS = 2;

/** What one cycle leaves for the next. */
export interface CycleMemory {
  pace: Pace;
  refusals: Refusals;
  recheck: Recheck;
  /** Documents whose upload broke off: their bytes are looked at before they are sent again. */
  suspects: Set<string>;
}

/**
 * One cycle: pull settings and templates, push the status, look whether the server still has what is kept here, push
 * what waits, verify, release, push the status again. Never rejects: how it ended is what it gives.
 */
export async function runCycle({
  store,
  boothDb,
  templates,
  account,
  memory: { pace, refusals, recheck, suspects },
  version,
  fetch,
  clock,
  signal,
  stallMs = STALL_MS,
  onUpload,
}: {
  store: Store;
  boothDb: BoothDb;
  templates: Pick<Templates, 'bring' | 'broken'>;
  account: SyncAccount;
  memory: CycleMemory;
  version: string;
  fetch: typeof globalThis.fetch;
  clock: Clock;
  signal: AbortSignal;
  stallMs?: number | undefined;
  /** Photos are on their way: about once a second. */
  onUpload(upload: { bytesLeft: number; bytesPerSecond: number }): void;
}): Promise<CycleResult> {
  let event: EventId | undefined;
  let reported = performance.now();
  const line = openLine({
    ...{ fetch, signal, stallMs, onServerTime: clock.learn },
    onSent(bytes) {
      pace.moved(bytes);
      tellNowAndThen();
      if (performance.now() - reported < REPORT_EVERY_MS) return;
      reported = performance.now();
      onUpload({ bytesLeft: bytesWaiting(store, event), bytesPerSecond: pace.bytesPerSecond() });
    },
  });
  const { booth, binding } = account;
  /** PouchDB keeps every database for ever that is not closed, and with it all that the cycle had in hand. */
  const opened: PouchDB.Database[] = [];

  function remote(database: string): PouchDB.Database {
    const name = `${binding.syncUrl}/${database}`;
    const auth = { username: `booth-${booth}`, password: binding.key };
    const db = new PouchDB(name, { fetch: line.fetch, auth, skip_setup: true });
    opened.push(db);
    return db;
  }

  const refused = () =>
    refusals.among(store.waiting().flatMap((segment) => docsIn(segment).map(({ id }) => id)));

  async function putStatus(outcome?: SyncOutcome): Promise<void> {
    const previous = await boothDb.status();
    await boothDb.putStatus(
      await makeStatus({
        ...{
          store,
          event,
          refused: refused(),
          brokenTemplates: templates.broken(),
          version,
          pace,
          previous,
          outcome,
        },
        at: clock.now(),
      }),
    );
  }

  const own = remote(boothDatabase(booth));
  let told = performance.now();
  let telling: Promise<void> | undefined;
  function tellNowAndThen(): void {
    if (telling || performance.now() - told < TELL_EVERY_MS) return;
    told = performance.now();
    telling = putStatus()
      .then(() => boothDb.push(own))
      .catch(() => undefined) // a line that is broken is met, and told of, by the photos
      .finally(() => {
        telling = undefined;
      });
  }

  async function run(): Promise<SyncOutcome> {
    await boothDb.pull(own);
    await templates.bring();
    event = (await boothDb.settings())?.event.id;
    await putStatus();
    await boothDb.push(own);
    if (!event) return { kind: 'no-event' };
    const lookAgain = recheck.look.bind(recheck, event, remote(eventDatabase(event)));
    await lookAgain();
    let rounds = 0;
    await pushWaiting({
      ...{ store, now: event, refusals, signal, read: readPhotosOf(store, (id) => suspects.has(id)) },
      targetOf: (id) => ({
        previews: writeAsMultipart(remote(eventDatabase(id)), { parallel: () => PARALLEL_PREVIEWS }),
        originals: writeAsMultipart(remote(eventDatabase(id)), {
          parallel: pace.parallel,
          onStart: (photo) => store.markUploading(photo, true),
          onEnd(photo, sent) {
            store.markUploading(photo, false);
            if (sent) pace.arrived(sent.ms);
            if (sent) suspects.delete(photo);
            else suspects.add(photo);
          },
        }),
      }),
      onRound() {
        rounds += 1;
      },
    });
    await telling;
    if (rounds > 0) await lookAgain(); // to know from what it may not fall back
    const [first, ...more] = refused();
    const outcome: SyncOutcome = first
      ? { kind: 'incomplete', reason: `${more.length + 1} documents are not on the server: ${first.reason}` }
      : { kind: 'ok' };
    await putStatus(outcome);
    await boothDb.push(own);
    return outcome;
  }

  try {
    return { outcome: await run(), refused: refused() };
  } catch (error) {
    const outcome = outcomeOf(error, line.trouble());
    await telling;
    await putStatus(outcome); // for the booth's own screen, and for the portal when the line is back
    return { outcome, refused: refused() };
  } finally {
    for (const db of opened) await db.close();
    await store.giveBackSpace();
  }
}
