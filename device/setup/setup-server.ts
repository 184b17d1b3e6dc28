import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** The hotspot's address appears a moment after the hotspot; somebody else may hold the port for a while. */
const LISTEN_AGAIN_MS = 500;

export interface SetupServer {
  /** Listens while `open`, and lets nobody in otherwise. Told again and again it changes nothing. */
  follow(open: boolean): void;
  /** The port it has, or had last. */
  port(): number;
  stop(): Promise<void>;
}

/** The server of the hotspot: there only while the hotspot is. */
export function createSetupServer({
  app,
  host,
  port: wanted,
  onListening,
  log,
}: {
  app: RequestListener;
  host: string;
  /** 0 takes a free one the first time, and the same ever after. */
  port: number;
  onListening(): void;
  log: Logger;
}): SetupServer {
  let port = wanted;
  let open: AbortController | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(signal: AbortSignal): Promise<void> {
    const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000 }, app);
    // One phone asks for few; a crowd must not eat the booth's memory.
    server.maxConnections = 64;
    while (!(await listens(server)) && !signal.aborted) {
      await sleep(LISTEN_AGAIN_MS, undefined, { signal }).catch(() => {});
    }
    if (!signal.aborted) await once(signal, 'abort');
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async function listens(server: Server): Promise<boolean> {
    try {
      server.listen(port, host);
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
      onListening();
      return true;
    } catch (err) {
      log.warn({ err, host, port }, 'the setup page cannot be served yet');
      return false;
    }
  }

  function close(): Promise<void> {
    open?.abort();
    open = undefined;
    return running;
  }

  return {
    follow(isOpen) {
      if (isOpen === (open !== undefined)) return;
      if (!isOpen) {
        void close();
        return;
      }
      open = new AbortController();
      const { signal } = open;
      running = running.then(() => run(signal));
    },
    port: () => port,
    stop: close,
  };
}
