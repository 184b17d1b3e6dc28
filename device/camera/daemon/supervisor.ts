import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { CameraState } from '../camera.ts';
import { afterEnding, type Ended } from './restarts.ts';

/**
 * Keeps a camera running: starts it, and again when it ended, for as long as the booth runs.
 *
 *   starting ── first frame ──▶ live ── ended ──▶ lost, missing, busy, not-installed
 *       └────────── ended ──────────────────────▶ │  ▲ │ first frame
 *                                         live ◀──┘  └─┘ ended again
 *
 * A problem stays until frames come again: a screen that changed its words at every try would be no help.
 */
export interface Supervisor {
  state(): CameraState;
  start(): void;
  /** Resolves when the camera is let go of. */
  stop(): Promise<void>;
}

export function createSupervisor({
  run,
  now = () => performance.now(),
  sleep = (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  onState = () => undefined,
  log,
}: {
  /** Runs the camera until it ends; calls `live` at each frame. */
  run(live: () => void, signal: AbortSignal): Promise<Ended>;
  now?: () => number;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  onState?: (state: CameraState) => void;
  log: Logger;
}): Supervisor {
  const stopping = new AbortController();
  const { signal } = stopping;
  let state: CameraState = 'starting';
  let running: Promise<void> | undefined;

  async function loop(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      let liveSince: number | undefined;
      const { ending, said } = await run(() => {
        liveSince ??= now();
        become('live');
      }, signal);
      if (signal.aborted) return;
      const next = afterEnding(failures, { ending, livedMs: now() - (liveSince ?? now()) });
      failures = next.failures;
      become(ending, said);
      await sleep(next.waitMs, signal);
    }
  }

  /** Said once, not at every try. */
  function become(next: CameraState, said?: string): void {
    if (next === state) return;
    if (next === 'live') log.info({ was: state }, 'camera is live');
    else log.warn({ was: state, state: next, said }, 'camera ended and is started again');
    state = next;
    onState(state);
  }

  return {
    state: () => state,
    start() {
      running ??= loop().catch((err: unknown) => {
        log.error({ err }, 'the supervisor of the camera failed');
        state = 'lost';
      });
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
