import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress } from '@photomaton/couch';
import { followChanges } from '@photomaton/couch/changes';
import { boothIdOf } from '@photomaton/design-docs/booth-keys';
import type { BoothId, PairingDoc } from '@photomaton/design-docs/docs';
import { helloSchema, PAIRING_PATH, PAIRING_VERSION, type Refusal } from '@photomaton/design-docs/pairing';
import type { Logger } from 'pino';
import { Server } from 'socket.io';
import { networkOf } from '../sync/credentials.ts';
import { createBoothLimits } from './booth-limits.ts';
import { type BoothSessionParts, type BoothSocket, createBoothSession, isHolder } from './booth-session.ts';

/** Waiting booths that a node holds at once; booth-limits.ts has those of one address. */
const MAX_SOCKETS = 5_000;
const HOUR_MS = 3600_000;
const SWEEP_MS = 5 * 60_000;

export interface BoothIo {
  /** Begins to take booths. */
  start(): Promise<void>;
  /** Ends every connection; booths come back by themselves, to this node or another. */
  stop(): Promise<void>;
}

export interface BoothIoParts extends Omit<BoothSessionParts, 'mustWait'> {
  server: HttpServer;
  couch: Couch;
  couchAddress: CouchAddress;
  /** The address a connection comes from, as the portal's proxies tell it. */
  addressOf(request: IncomingMessage): string;
  log: Logger;
}

/** Takes booths that are bound to nobody on {@link PAIRING_PATH}: no cookies, websocket only, small messages. */
export function createBoothIo(parts: BoothIoParts): BoothIo {
  const { server, couch, couchAddress, requests, addressOf, log } = parts;
  const sessions = new Map<BoothId, ReturnType<typeof createBoothSession>>();
  const limits = createBoothLimits();
  const stopped = new AbortController();
  const work = new Set<Promise<void>>();
  let io: Server | undefined;

  async function welcome(socket: BoothSocket): Promise<void> {
    const { data: hello } = helloSchema.safeParse(socket.handshake.auth);
    const address = networkOf(addressOf(socket.request));
    if (!hello || hello.version !== PAIRING_VERSION) return refuse(socket, 'version', HOUR_MS);
    const leavePlace = limits.takePlace(address);
    if (!leavePlace) return refuse(socket, 'too-many', 60_000);
    socket.once('disconnect', leavePlace);
    if (!(await isHolder(socket, hello.publicKey))) return refuse(socket, 'key', 60_000);
    if (!socket.connected) return;

    const booth = boothIdOf(hello.publicKey);
    const session = createBoothSession(
      socket,
      { booth, publicKey: hello.publicKey },
      { ...parts, mustWait: () => limits.takeCode(booth, address) },
    );
    // The newest connection of a booth is the one that lives.
    sessions.get(booth)?.end();
    sessions.set(booth, session);
    socket.once('disconnect', () => {
      session.end();
      if (sessions.get(booth) === session) sessions.delete(booth);
    });
    const fails = (err: unknown) => {
      log.error({ err, booth }, 'pairing failed');
      session.end();
    };
    socket.on('confirm', (message) => void session.onConfirm(message).catch(fails));
    socket.on('decline', (message) => void session.onDecline(message).catch(fails));
    log.info({ booth }, 'booth waits to be paired');
    await session.run().catch(fails);
  }

  /** The bus between nodes: whatever changes in `paillasson` wakes the booth it is about, if it is here. */
  async function follow(since: string): Promise<void> {
    const changes = followChanges<PairingDoc>({
      couch: couchAddress,
      db: 'paillasson',
      since,
      signal: stopped.signal,
    });
    for await (const { doc } of changes) if (doc?.type === 'pairing') sessions.get(doc.booth)?.wake(doc);
  }

  async function sweepAgainAndAgain(): Promise<void> {
    while (!stopped.signal.aborted) {
      await requests.sweep().catch((err: unknown) => log.error({ err }, 'sweep of pairings failed'));
      await sleep(SWEEP_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  }

  return {
    async start() {
      // Known before the first booth is let in: every change after it is heard.
      const since = (await couch.info('paillasson'))?.updateSeq ?? '0';
      work.add(follow(since)).add(sweepAgainAndAgain());
      io = new Server(server, {
        path: PAIRING_PATH,
        transports: ['websocket'],
        serveClient: false,
        cookie: false,
        maxHttpBufferSize: 4096,
        connectTimeout: 10_000,
        allowRequest: (_request, answer) =>
          answer(null, !stopped.signal.aborted && (io?.engine.clientsCount ?? 0) < MAX_SOCKETS),
      });
      io.on('connection', (socket: BoothSocket) => {
        const visit = welcome(socket).finally(() => work.delete(visit));
        work.add(visit);
      });
    },
    async stop() {
      stopped.abort();
      for (const session of sessions.values()) session.end();
      io?.disconnectSockets(true);
      await Promise.all(work);
    },
  };
}

function refuse(socket: BoothSocket, reason: Refusal, retryMs: number): void {
  socket.emit('refused', { reason, retryMs });
  socket.disconnect(true);
}
