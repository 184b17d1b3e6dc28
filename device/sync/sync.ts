import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import type { BoothDb } from './booth-db.ts';
import { type CycleResult, runCycle, type SyncAccount } from './cycle.ts';
import type { SyncOutcome } from './outcome.ts';
import type { Refused } from './push.ts';

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
 *              ├── offline, failed, incomplete ── back-off ──────┘ │ │
 *              ├── busy ── as long as the server says ─────────────┘ │
 *              └── stopped ── the whole interval, whoever wakes ─────┘  (except a person who asks)
 *
 * One cycle at a time. Losing the network is a state, logged when it begins and when it ends.
 */
export interface Sync {
  start(): void;
  /** A cycle soon: the network is back, a photo is there to be sent, or someone asked. */
  wake(why: 'photo' | 'network' | 'asked'): void;
  /** Runs a cycle now, or joins the one that runs, and tells how it ended. */
  cycle(): Promise<SyncOutcome>;
  status(): SyncStatus;
  /** Breaks off the cycle that runs (what was sent stays sent); resolves when it has ended. */
  stop(): Promise<void>;
}

export function createSync({
  store,
  boothDb,
  identity,
  intervalMs,
  version = '0',
  fetch = globalThis.fetch,
  now = () => new Date(),
  random = Math.random,
  sleep = (ms, signal) => sleepFor(ms, undefined, { signal }),
  stallMs,
  log,
  onStatus = () => undefined,
}: {
  store: Store;
  boothDb: BoothDb;
  identity: SyncAccount;
  intervalMs: number;
  /** The booth's own version, for its status. */
  version?: string;
  fetch?: typeof globalThis.fetch;
  now?: () => Date;
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
  let status: SyncStatus = { running: false, refused: [] };
  let running: Promise<SyncOutcome> | undefined;
  let loop: Promise<void> | undefined;
  let failures = 0;
  /** Aborted to end the wait before the next cycle. */
  let waiting = new AbortController();
  let wokenMeanwhile = false;

  function report(next: SyncStatus): void {
    status = next;
    onStatus(status);
  }

  async function run(): Promise<SyncOutcome> {
    report({ ...status, running: true });
    const { outcome, refused }: CycleResult = await runCycle({
      ...{ store, boothDb, account: identity, version, fetch, now, signal, stallMs },
    });
    const at = now();
    if (outcome.kind !== status.last?.outcome.kind) log.info({ ...outcome }, 'sync state');
    report({
      running: false,
      last: { at, outcome },
      refused,
      ...(outcome.kind === 'ok' ? { allSentAt: at } : status.allSentAt && { allSentAt: status.allSentAt }),
    });
    return outcome;
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
      let outcome: SyncOutcome;
      try {
        outcome = await cycle();
      } catch (error) {
        // The booth's own disk or a defect: said aloud, and tried again like any failure.
        log.error({ err: error }, 'sync cycle failed');
        outcome = { kind: 'failed', reason: (error as Error).message };
      }
      failures = outcome.kind === 'ok' || outcome.kind === 'no-event' ? 0 : failures + 1;
      if (wokenMeanwhile && failures === 0) continue;
      waiting = new AbortController();
      const ms = delayMs(outcome, { failures, intervalMs, random });
      await sleep(ms, AbortSignal.any([signal, waiting.signal])).catch(() => undefined); // woken, or stopped
    }
  }

  return {
    start() {
      loop ??= work();
    },
    wake(why) {
      if (status.last?.outcome.kind === 'stopped' && why === 'photo') return;
      wokenMeanwhile = true;
      waiting.abort();
    },
    cycle,
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
 * whole length (full jitter), so that booths that lost the same server do not come back at the same moment.
 */
export function delayMs(
  outcome: SyncOutcome,
  { failures, intervalMs, random }: { failures: number; intervalMs: number; random(): number },
): number {
  switch (outcome.kind) {
    case 'ok':
    case 'no-event':
    case 'stopped':
      return intervalMs * (0.9 + 0.2 * random());
    case 'busy':
      return outcome.retryAfterMs * (1 + random());
    case 'offline':
    case 'incomplete':
    case 'failed': {
      const most = Math.min(intervalMs, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20));
      return most * (0.5 + 0.5 * random());
    }
  }
}
