import { setMaxListeners } from 'node:events';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { EventId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { BoothSettings } from '../booth-settings.ts';
import type { CameraHealth } from '../camera/daemon/health.ts';
import { type Clock, createClock } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { Templates } from '../templates/templates.ts';
import type { BoothDb } from './booth-db.ts';
import { type CycleMemory, type CycleResult, runCycle } from './cycle.ts';
import { httpFetch } from './http.ts';
import type { Keyring } from './keyring.ts';
import { isKeyRefused, type SyncOutcome } from './outcome.ts';
import { createPace } from './pace.ts';
import { createRecheck } from './recheck.ts';
import { createRefusals, type Refused } from './refusals.ts';
import type { SyncAccount } from './remotes.ts';

export type { SyncOutcome } from './outcome.ts';

/** What the screen may show of the sync. */
export interface SyncStatus {
  running: boolean;
  /** While photos travel: the bytes that are still to be sent, and how many go in a second. */
  upload?: { bytesLeft: number; bytesPerSecond: number };
  last?: { at: Date; outcome: SyncOutcome };
  /** When everything that was taken was last in the cloud. */
  allSentAt?: Date;
  refused: Refused[];
}

/**
 * The booth's sync loop.
 *
 *            ┌──────────── interval with jitter, or woken ─────────┐
 *            ▼                                                     │
 *   start ─▶ cycle ── ok, no-event ───────────────────────────▶ waiting
 *              │                                                 ▲ ▲ ▲
 *              ├── offline, failed ── back-off ──────────────────┘ │ │
 *              ├── busy ── as long as the server says ─────────────┘ │
 *              └── stopped, incomplete, later ── the interval ───────┘
 *
 * A photo wakes it, except when the server has stopped this booth; the network and a person always do.
 *
 * One cycle at a time. Losing the network is a state, logged when it begins and when it ends.
 */
export interface Sync {
  start(): void;
  /** A cycle soon: the network is back, a photo is there to be sent, or someone asked. */
  wake(why: 'photo' | 'network' | 'asked'): void;
  /** Runs a cycle now, or joins the one that runs, and tells how it ended. What was refused is tried again. */
  cycle(): Promise<SyncOutcome>;
  status(): SyncStatus;
  /** Breaks off the cycle that runs (what was sent stays sent); resolves when it has ended. */
  stop(): Promise<void>;
}

export function createSync({
  store,
  boothDb,
  settings,
  templates = { bring: async () => undefined, broken: () => [], inUse: () => [] },
  identity,
  intervalMs,
  version = '0',
  camera = () => undefined,
  choseEvent = () => undefined,
  keyring,
  fetch = httpFetch,
  clock = createClock(),
  random = Math.random,
  sleep = (ms, signal) => sleepFor(ms, undefined, { signal }),
  stallMs,
  log,
  onStatus = () => undefined,
}: {
  store: Store;
  boothDb: BoothDb;
  settings: BoothSettings;
  /** Where templates are taken in that come down; without it, they stay in the database. */
  templates?: Pick<Templates, 'bring' | 'broken' | 'inUse'>;
  identity: SyncAccount;
  intervalMs: number;
  /** The booth's own version, for its status. */
  version?: string;
  /** Without it, the key of `identity` is the only one there will be. */
  keyring?: Keyring;
  /** What is wrong with its camera, for its status. */
  camera?: CameraHealth['failure'];
  /** The event that was chosen on the booth itself, for its status, until the portal has brought it there. */
  choseEvent?: () => EventId | undefined;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
  random?: () => number;
  /** Rejects when the signal is aborted. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A request in which nothing moves for so long has failed. */
  stallMs?: number;
  log: Logger;
  onStatus?: (status: SyncStatus) => void;
}): Sync {
  const stopping = new AbortController();
  const { signal } = stopping;
  setMaxListeners(0, signal); // every request listens
  let status: SyncStatus = { running: false, refused: [] };
  let running: Promise<SyncOutcome> | undefined;
  let loop: Promise<void> | undefined;
  let failures = 0;
  /** Cycles since an event was chosen on the booth, while the portal lets it in and has not answered by other settings. */
  let asks = 0;
  /** Aborted to end the wait before the next cycle. */
  let waiting = new AbortController();
  let wokenMeanwhile = false;

  function report(next: SyncStatus): void {
    status = next;
    onStatus(status);
  }

  const memory: CycleMemory = {
    pace: createPace(),
    refusals: createRefusals(),
    recheck: createRecheck({ store, log }),
    suspects: new Set(),
  };
  const cycleWith = (key: string) =>
    runCycle({
      ...{
        store,
        boothDb,
        templates,
        settings,
        keyring,
        memory,
        version,
        camera,
        choseEvent,
        fetch,
        clock,
        signal,
        stallMs,
      },
      account: { ...identity, binding: { ...identity.binding, key } },
      onUpload: (upload) => report({ ...status, upload }),
    });

  /** A key that is refused may have been replaced by the one that came for it. */
  async function cycleWithKey(): Promise<CycleResult> {
    const result = await cycleWith(keyring?.current() ?? identity.binding.key);
    const next = keyring?.next();
    return isKeyRefused(result.outcome) && next !== undefined ? await cycleWith(next) : result;
  }

  async function run(): Promise<SyncOutcome> {
    const allSentBefore = (await boothDb.status())?.allSentAt;
    report({ ...status, running: true, ...(allSentBefore && { allSentAt: new Date(allSentBefore) }) });
    const { outcome, refused } = await cycleWithKey().catch((error: Error) => {
      // The booth's own disk or a defect: said aloud, and tried again like any failure.
      log.error({ err: error }, 'sync cycle failed');
      const failed: SyncOutcome = { kind: 'failed', reason: error.message };
      return { outcome: failed, refused: status.refused };
    });
    const at = clock.now();
    if (outcome.kind !== status.last?.outcome.kind) log.info({ ...outcome }, 'sync state');
    const allSentAt = outcome.kind === 'ok' ? at : status.allSentAt;
    report({ running: false, last: { at, outcome }, refused, ...(allSentAt && { allSentAt }) });
    return outcome;
  }

  async function askedCycle(): Promise<SyncOutcome> {
    memory.refusals.wake();
    return cycle();
  }

  function cycle(): Promise<SyncOutcome> {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function work(): Promise<void> {
    while (!signal.aborted) {
      wokenMeanwhile = false;
      const outcome = await cycle();
      failures = ['ok', 'no-event', 'later'].includes(outcome.kind) ? 0 : failures + 1;
      asks = choseEvent() === undefined || outcome.kind === 'stopped' ? 0 : asks + 1;
      if (wokenMeanwhile && failures === 0) continue;
      waiting = new AbortController();
      const ms = delayMs(outcome, { failures, asks, intervalMs, random });
      await sleep(ms, AbortSignal.any([signal, waiting.signal])).catch(() => undefined); // woken, or stopped
    }
  }

  return {
    start() {
      loop ??= work();
    },
    wake(why) {
      if (status.last?.outcome.kind === 'stopped' && why === 'photo') return;
      if (why === 'asked') memory.refusals.wake();
      wokenMeanwhile = true;
      waiting.abort();
    },
    cycle: askedCycle,
    status: () => status,
    async stop() {
      stopping.abort();
      await loop;
      await running;
    },
  };
}

/** First wait after a failure; doubled with each, up to the interval. */
const FIRST_RETRY_MS = 1_000;

/**
 * How long to wait before the next cycle. The interval is spread by a tenth each way and back-offs over their
 * whole length (full jitter), so that booths that lost the same server do not come back at the same moment. While a
 * choice that was made on the booth waits for the portal, which takes it seconds, it looks soon, and ever less often.
 */
export function delayMs(
  outcome: SyncOutcome,
  {
    failures,
    asks = 0,
    intervalMs,
    random,
  }: { failures: number; asks?: number; intervalMs: number; random(): number },
): number {
  switch (outcome.kind) {
    case 'ok':
    case 'no-event':
    case 'later':
    case 'stopped':
    case 'incomplete': {
      const most = asks === 0 ? intervalMs : Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(asks, 20));
      return most * (0.9 + 0.2 * random());
    }
    case 'busy':
      return outcome.retryAfterMs * (1 + random());
    case 'offline':
    case 'failed': {
      const most = Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
      return most * (0.5 + 0.5 * random());
    }
  }
}
