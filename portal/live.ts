import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress } from '@photomaton/couch';
import { followDbUpdates } from '@photomaton/couch/changes';
import { type BoothId, boothDatabase, type EventId, eventDatabase } from '@photomaton/design-docs/docs';
import type { RequestHandler } from 'express';
import type { Session } from 'express-session';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import type { Account, Accounts } from './accounts/accounts.ts';
import { sessionIdOf } from './accounts/session-store.ts';
import type { Access } from './fleet/access.ts';
import { HttpError } from './http-errors.ts';
import { type LoginOfSocket, roomsOf, watchLogins } from './live-logins.ts';

const LIVE_PATH = '/io';
const MAX_SOCKETS = 5_000;
/** A page watches once, and again when its connection comes back on the same socket. */
const MAX_WATCHES = 50;
/** A booth sends several documents a second; pages need not ask that often. */
const GATHER_MS = 300;
const PAUSE_MS = 60_000;

/** What the middlewares of the login leave on a request. */
type Handshake = IncomingMessage & { user?: Account; session: Session & { createdAt?: string } };
type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

interface ServerEvents {
  /** Something of the event that is watched changed; what it is, the page asks for over HTTP. */
  changed(): void;
}
interface ClientEvents {
  watch(event: unknown, answer?: (o: { ok: boolean }) => void): void;
}
type NoEvents = Record<string, never>;
type LiveSocket = Socket<ClientEvents, ServerEvents, NoEvents, LoginOfSocket>;

interface LiveParts {
  server: HttpServer;
  couch: Couch;
  couchAddress: CouchAddress;
  /** With the right to read `_db_updates`, which CouchDB gives to administrators only. */
  admin: CouchAddress;
  accounts: Pick<Accounts, 'ofSession'>;
  access: Access;
  /** Session and login, as the pages have them. */
  login: RequestHandler[];
  isOurs(origin: string | undefined): boolean;
  log: Logger;
}

/**
 * Tells open pages that their event changed, over Socket.io. No photo and no text goes this way: a page
 * that was woken asks by sequence over HTTP, past the same doors as ever, and a page without a socket does
 * the same by its own clock. One `_db_updates` feed wakes all pages of this node; a word that it loses is
 * made good by the pages' own sweep.
 */
export function createLive(parts: LiveParts): { start(): Promise<void>; stop(): Promise<void> } {
  const { server, couch, couchAddress, admin, accounts, access, log } = parts;
  const stopped = new AbortController();
  const { signal } = stopped;
  const work: Promise<void>[] = [];
  /** The databases that change what a page of this event shows. */
  const watched = new Map<EventId, Set<string>>();
  const due = new Set<EventId>();

  const io = new Server<ClientEvents, ServerEvents, NoEvents, LoginOfSocket>({
    path: LIVE_PATH,
    transports: ['websocket'],
    serveClient: false,
    // Sockets on other paths have a server of their own.
    destroyUpgrade: false,
    maxHttpBufferSize: 4096,
    connectTimeout: 10_000,
    // Browsers let any page open a socket to us and send our cookie with it: the Origin decides.
    allowRequest: (req, answer) => {
      const isWelcome = parts.isOurs(req.headers.origin) && (req as Handshake).user !== undefined;
      answer(null, isWelcome && !signal.aborted && io.engine.clientsCount < MAX_SOCKETS);
    },
  });

  function welcome(socket: LiveSocket): void {
    const { user, session } = socket.request as Handshake;
    if (!user) return void socket.disconnect(true);
    socket.data = { account: user, session: sessionIdOf(session.id), began: session.createdAt ?? '' };
    void socket.join(roomsOf(socket.data));
    let watches = 0;
    socket.on('watch', (event, answer) => {
      watches += 1;
      if (watches > MAX_WATCHES) return void socket.disconnect(true);
      watch(socket, event)
        .then((ok) => typeof answer === 'function' && answer({ ok }))
        .catch((err: unknown) => log.warn({ err }, 'event not watched'));
    });
  }

  /** Lets a socket into an event's room; false for one that is not its account's, or is not there. */
  async function watch(socket: LiveSocket, asked: unknown): Promise<boolean> {
    try {
      const { event, booths } = await access.eventFor(socket.data.account, asked);
      if (!socket.connected) return false; // a room is never left by who has gone already
      watched.set(event, new Set([eventDatabase(event), ...booths.map((id: BoothId) => boothDatabase(id))]));
      await socket.join(roomOf(event));
      return true;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return false;
      throw error;
    }
  }

  async function followDatabases(): Promise<void> {
    for await (const { db } of followDbUpdates({ couch: admin, signal })) {
      for (const [event, databases] of watched) if (databases.has(db)) tell(event);
    }
  }

  function tell(event: EventId): void {
    if (due.size === 0) setTimeout(flush, GATHER_MS);
    due.add(event);
  }

  function flush(): void {
    for (const event of due) io.to(roomOf(event)).emit('changed');
    due.clear();
  }

  /** A feed that cannot be had (its database or our right is gone) is no end of the portal: pages ask anyway. */
  async function keepUp(feed: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await feed().catch((err: unknown) => log.error({ err }, 'live feed broke off'));
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    async start() {
      const logins = await watchLogins({ io, couch, couchAddress, accounts, log, signal });
      work.push(...[followDatabases, ...logins.feeds].map(keepUp), logins.sweepAgainAndAgain());
      io.attach(server);
      for (const middleware of parts.login) io.engine.use(forHandshake(middleware));
      io.on('connection', welcome);
      io.sockets.adapter.on('delete-room', (room: string) => {
        if (room.startsWith('event:')) watched.delete(room.slice('event:'.length));
      });
    },
    async stop() {
      stopped.abort();
      io.disconnectSockets(true);
      io.engine?.close();
      await Promise.all(work);
    },
  };
}

const roomOf = (event: EventId): string => `event:${event}`;

/** The login is read once, when the socket is opened; {@link watchLogins} looks after it from then on. */
function forHandshake(handler: RequestHandler): Middleware {
  // Sessions and Passport need nothing of Express but its `next`.
  const middleware = handler as unknown as Middleware;
  return (req, res, next) => {
    const { searchParams } = new URL(req.url ?? '/', 'http://socket.invalid');
    if (searchParams.has('sid')) next();
    else middleware(req, res, next);
  };
}
