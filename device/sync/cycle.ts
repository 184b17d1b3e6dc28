import type { EventId } from '@photomaton/design-docs/docs';
import type { BoothSettings } from '../booth-settings.ts';
import type { CameraHealth } from '../camera/daemon/health.ts';
import type { Clock } from '../clock.ts';
import { docsIn } from '../store/cloud.ts';
import type { Store } from '../store/store.ts';
import type { Templates } from '../templates/templates.ts';
import type { BoothDb } from './booth-db.ts';
import { createDeletions } from './deletions.ts';
import type { Keyring } from './keyring.ts';
import { openLine } from './line.ts';
import { writeAsMultipart } from './multipart.ts';
import { outcomeOf, type SyncOutcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import { pushWaiting, type Target } from './push.ts';
import { readPhotosOf } from './read-photo.ts';
import type { Recheck } from './recheck.ts';
import type { Refusals, Refused } from './refusals.ts';
import { openRemotes, type SyncAccount } from './remotes.ts';
import { isWithin } from './send-hours.ts';
import { bytesWaiting, makeStatus } from './status.ts';
import { createTeller } from './teller.ts';

export interface CycleResult {
  outcome: SyncOutcome;
  refused: Refused[];
}

/** Nothing moves for so long: the request has failed. */
const STALL_MS = 30_000;
/** How often the booth's own screen hears how far a push is. */
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
 * One cycle: pull settings, templates and deletions, take them in, push the status, look whether the server still has
 * what is kept here, push what waits, verify, release, destroy what was deleted, push the status again. Never rejects: how it ended is what it gives.
 */
export async function runCycle({
  store,
  boothDb,
  templates,
  settings,
  keyring,
  account,
  memory: { pace, refusals, recheck, suspects },
  version,
  camera,
  choseEvent,
  fetch,
  clock,
  signal,
  stallMs = STALL_MS,
  onUpload,
}: {
  store: Store;
  boothDb: BoothDb;
  templates: Pick<Templates, 'bring' | 'broken' | 'inUse'>;
  settings: BoothSettings;
  keyring: Pick<Keyring, 'bring' | 'said'> | undefined;
  account: SyncAccount;
  memory: CycleMemory;
  version: string;
  camera: CameraHealth['failure'];
  choseEvent: () => EventId | undefined;
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
      teller.tellNowAndThen();
      if (performance.now() - reported < REPORT_EVERY_MS) return;
      reported = performance.now();
      onUpload({ bytesLeft: bytesWaiting(store, event), bytesPerSecond: pace.bytesPerSecond() });
    },
  });
  const remotes = openRemotes({ account, fetch: line.fetch });
  const deletions = createDeletions({ store, boothDb });
  const refused = () =>
    refusals.among(store.waiting().flatMap((segment) => docsIn(segment).map(({ id }) => id)));
  const teller = createTeller({
    ...{ boothDb, own: remotes.own },
    makeStatus: (o) =>
      makeStatus({
        ...{ ...o, store, event, refused: refused() },
        ...{ brokenTemplates: templates.broken(), templates: templates.inUse(), camera: camera() },
        ...{ version, pace, at: clock.now(), settings: settings.applied(), keys: keyring?.said() },
        choseEvent: choseEvent(),
      }),
  });

  function targetOf(id: EventId): Target {
    return {
      previews: writeAsMultipart(remotes.event(id), { parallel: () => PARALLEL_PREVIEWS }),
      originals: writeAsMultipart(remotes.event(id), {
        parallel: pace.parallel,
        onStart: (photo) => store.markUploading(photo, true),
        onEnd(photo, sent) {
          store.markUploading(photo, false);
          if (sent) pace.arrived(sent.ms);
          if (sent) suspects.delete(photo);
          else suspects.add(photo);
        },
      }),
    };
  }

  async function hasWaiting(): Promise<boolean> {
    await store.settleTimes();
    return store.waiting().flatMap(docsIn).length > 0;
  }

  async function run(): Promise<SyncOutcome> {
    event = settings.current().event?.id;
    await boothDb.pull(remotes.own);
    await templates.bring();
    await settings.bring();
    await keyring?.bring({ letIn: account.binding.key });
    await deletions.bring();
    await deletions.carryOut(clock.now());
    event = settings.current().event?.id;
    await teller.tell();
    if (!event) return { kind: 'no-event' };
    const hours = settings.current().sendBetween;
    if (hours && !isWithin(hours, clock.now()) && (await hasWaiting())) {
      const later: SyncOutcome = { kind: 'later' };
      await teller.tell(later);
      return later;
    }
    const lookAgain = recheck.look.bind(recheck, event, remotes.event(event));
    await lookAgain();
    let rounds = 0;
    await pushWaiting({
      ...{ store, now: event, targetOf, refusals, signal },
      read: readPhotosOf(store, (id) => suspects.has(id)),
      onRound() {
        rounds += 1;
      },
    });
    if (rounds > 0) await lookAgain(); // to know from what it may not fall back
    await deletions.carryOut(clock.now());
    const [first, ...more] = refused();
    const outcome: SyncOutcome = first
      ? { kind: 'incomplete', reason: `${more.length + 1} documents are not on the server: ${first.reason}` }
      : { kind: 'ok' };
    await teller.tell(outcome);
    return outcome;
  }

  try {
    return { outcome: await run(), refused: refused() };
  } catch (error) {
    const outcome = outcomeOf(error, line.trouble());
    await teller.note(outcome);
    return { outcome, refused: refused() };
  } finally {
    await remotes.close();
    await store.giveBackSpace();
  }
}
