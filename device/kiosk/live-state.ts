import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { KioskState } from './state.ts';

/** Free space and settings change without a word: looked at again this often. */
const LOOK_AGAIN_MS = 10_000;
/** Photos that travel change something many times a second; nobody reads that fast. */
const GATHER_MS = 1_000;

export interface LiveState {
  start(): void;
  /** Something changed: looks again and tells the pages, if it is to be seen. */
  refresh(): void;
  /** The same within a second, once for all that changes until then: for what changes often. */
  refreshSoon(): void;
  current(): Promise<KioskState>;
  /** `GET /api/state`: the state now and at every change, as server-sent events. */
  stream(req: Request, res: Response): Promise<void>;
  stop(): void;
}

/** Keeps the kiosk pages in step with the booth. `read` gives the state as it is now. */
export function createLiveState({ read, log }: { read(): Promise<KioskState>; log: Logger }): LiveState {
  const pages = new Set<Response>();
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let sent = '';
  let looking = false;
  let lookAgain = false;
  let isStopped = false;

  async function look(): Promise<void> {
    looking = true;
    do {
      lookAgain = false;
      const text = JSON.stringify(await read());
      if (text === sent) continue;
      sent = text;
      for (const page of pages) page.write(`data: ${text}\n\n`);
    } while (lookAgain);
    looking = false;
  }

  function refresh(): void {
    lookAgain = true;
    if (looking) return;
    look().catch((err: unknown) => {
      looking = false;
      log.error({ err }, 'the state of the screen cannot be read');
    });
  }

  return {
    start() {
      timer = setInterval(refresh, LOOK_AGAIN_MS);
      refresh();
    },
    refresh,
    refreshSoon() {
      soon ??= setTimeout(() => {
        soon = undefined;
        refresh();
      }, GATHER_MS);
    },
    current: read,
    async stream(_req, res) {
      const text = JSON.stringify(await read());
      res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      // How soon a page comes back after a restart.
      res.write(`retry: 500\ndata: ${text}\n\n`);
      if (isStopped) return void res.end();
      pages.add(res);
      res.on('close', () => pages.delete(res));
    },
    stop() {
      clearInterval(timer);
      clearTimeout(soon);
      isStopped = true;
      for (const page of pages) page.end();
      pages.clear(); // a look that is under way has nobody to tell
    },
  };
}
