import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress } from '@photomaton/couch';
import { followChanges } from '@photomaton/couch/changes';
import { boothIdOf } from '@photomaton/design-docs/booth-keys';
import type { BoothId, PairingDoc } from '@photomaton/design-docs/docs';
import { helloSchema, PAIRING_PATH, PAIRING_VERSION, type Refusal } from '@photomaton/design-docs/pairing';
import type { Logger } from 'pino';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Server } from 'socket.io';
import { networkOf } from '../sync/credentials.ts';
import { type BoothSessionParts, type BoothSocket, createBoothSession, isHolder } from './booth-session.ts';
import { tryConsume } from './limits.ts';

/** Waiting booths a node holds at once, and from one address (a depot full of them is behind one). */
const MAX_SOCKETS = 5_000;
const MAX_SOCKETS_AN_ADDRESS = 200;
/** A booth that waits for ever needs 6 new codes an hour. */
const CODES_A_BOOTH = 20;
const CODES_AN_ADDRESS = 1_500;
const HOUR_S = 3600;
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
  const socketsOf = new Map<string, number>();
  const perBooth = new RateLimiterMemory({ points: CODES_A_BOOTH, duration: HOUR_S });
  const perAddress = new RateLimiterMemory({ points: CODES_AN_ADDRESS, duration: HOUR_S });
  const stopped = new AbortController();
  const work = new Set<Promise<void>>();
  let io: Server | undefined;

  async function welcome(socket: BoothSocket): Promise<void> {
    const { data: hello } = helloSchema.safeParse(socket.handshake.auth);
    const address = networkOf(addressOf(socket.request));
    if (!hello || hello.version !== PAIRING_VERSION) return refuse(socket, 'version', HOUR_S * 1000);
    if (!takePlace(socket, address)) return refuse(socket, 'too-many', 60_000);
    if (!(await isHolder(socket, hello.publicKey))) return refuse(socket, 'key', 60_000);
    if (!socket.connected) return;

    const booth = boothIdOf(hello.publicKey);
    const session = createBoothSession(
      socket,
      { booth, publicKey: hello.publicKey },
      {
        ...parts,
        mustWait: () => tryConsume([perBooth, booth], [perAddress, address]),
      },
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

  function takePlace(socket: BoothSocket, address: string): boolean {
    const taken = socketsOf.get(address) ?? 0;
    if (taken >= MAX_SOCKETS_AN_ADDRESS) return false;
    socketsOf.set(address, taken + 1);
    socket.once('disconnect', () => {
      const left = (socketsOf.get(address) ?? 1) - 1;
      if (left === 0) socketsOf.delete(address);
      else socketsOf.set(address, left);
    });
    return true;
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
