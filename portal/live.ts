import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress } from '@photomaton/couch';
import { followDbUpdates } from '@photomaton/couch/changes';
import {
  type BoothId,
  boothDatabase,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
} from '@photomaton/design-docs/docs';
import type { RequestHandler } from 'express';
import type { Session } from 'express-session';
import type { Logger } from 'pino';
import { Server, type Socket } from 'socket.io';
import type { Account, Accounts } from './accounts/accounts.ts';
import { sessionIdOf } from './accounts/session-store.ts';
import type { Access } from './fleet/access.ts';
import type { NewsMessage, Newsroom } from './gallery/news.ts';
import { LANGUAGES, type Language } from './i18n.ts';
import type { KnownDocs } from './known-docs.ts';
import { type LoginOfSocket, roomsOf, watchLogins } from './live-logins.ts';
import { HttpError } from './web/http-errors.ts';

const LIVE_PATH = '/io';
const MAX_SOCKETS = 5_000;
/** A page watches once, and again when its connection comes back on the same socket. */
const MAX_WATCHES = 50;
/** After news was told: a booth sends several documents a second, and pages need not change that often. */
const GATHER_MS = 300;
/** More than this at once (a booth that comes home with an evening's photos), and pages ask by themselves. */
const MOST_PAGES_OF_NEWS = 5;
const PAUSE_MS = 60_000;

/** What the middlewares of the login leave on a request. */
type Handshake = IncomingMessage & { user?: Account; session: Session & { createdAt?: string } };
type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

interface ServerEvents {
  /** What changed in the event that is watched. */
  news(message: NewsMessage): void;
  /** Something changed; what it is, the page asks for over HTTP. */
  changed(): void;
}
interface ClientEvents {
  watch(event: unknown, lang: unknown, answer?: (o: { ok: boolean }) => void): void;
}
type NoEvents = Record<string, never>;
type LiveSocket = Socket<ClientEvents, ServerEvents, NoEvents, LoginOfSocket>;

interface LiveParts {
  server: HttpServer;
  couch: Couch;
  known: Pick<KnownDocs, 'onChange'>;
  /** With the right to read `_db_updates`, which CouchDB gives to administrators only. */
  admin: CouchAddress;
  accounts: Pick<Accounts, 'ofSession'>;
  access: Access;
  newsroom: Newsroom;
  /** Session and login, as the pages have them. */
  login: RequestHandler[];
  isOurs(origin: string | undefined): boolean;
  log: Logger;
}

/** An event that somebody here watches. */
interface Watched {
  /** The databases that change what a page of it shows. */
  databases: Set<string>;
  /** News up to here was told. */
  seq: string;
  state: 'quiet' | 'telling' | 'telling, more to tell';
}

/**
 * Tells open pages what changed in their event, over Socket.io: read once and written once for each language, whatever
 * the number of pages. Only who passed the door of the event is in its room; bytes of pictures never go this way. A
 * page without a socket asks by sequence over HTTP, by its own clock. One `_db_updates` feed wakes this node; a word
 * that it loses is made good by the pages' own sweep.
 */
export function createLive(parts: LiveParts): { start(): Promise<void>; stop(): Promise<void> } {
  const { server, couch, known, admin, accounts, access, newsroom, log } = parts;
  const stopped = new AbortController();
  const { signal } = stopped;
  const work: Promise<void>[] = [];
  const watched = new Map<EventId, Watched>();

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
    forgetRequest(socket);
    let watches = 0;
    socket.on('watch', (event, lang, answer) => {
      watches += 1;
      if (watches > MAX_WATCHES) return void socket.disconnect(true);
      watch(socket, event, LANGUAGES.find((one) => one === lang) ?? user.language)
        .then((ok) => typeof answer === 'function' && answer({ ok }))
        .catch((err: unknown) => log.warn({ err }, 'event not watched'));
    });
  }

  /** Lets a socket into an event's room; false for one that is not its account's, or is not there. */
  async function watch(socket: LiveSocket, asked: unknown, lang: Language): Promise<boolean> {
    try {
      const { event, booths } = await access.eventFor(socket.data.account, asked);
      const databases = new Set([eventDatabase(event), ...booths.map((id: BoothId) => boothDatabase(id))]);
      // From before the room is joined: a page asks for what was before, and is told what comes after.
      const seq = watched.get(event)?.seq ?? (await couch.info(eventDatabase(event)))?.updateSeq ?? '0';
      if (!socket.connected) return false; // a room is never left by who has gone already
      const found = watched.get(event);
      if (found) found.databases = databases;
      else watched.set(event, { databases, seq, state: 'quiet' });
      await socket.join(roomOf(event, lang));
      return true;
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return false;
      throw error;
    }
  }

  async function followDatabases(): Promise<void> {
    for await (const { db } of followDbUpdates({ couch: admin, signal })) {
      for (const [event, { databases }] of watched) if (databases.has(db)) tell(event);
    }
  }

  /** At once, and then again for all that happened while it was told and shortly after. */
  function tell(event: EventId): void {
    const found = watched.get(event);
    if (!found) return;
    if (found.state !== 'quiet') {
      found.state = 'telling, more to tell';
      return;
    }
    found.state = 'telling';
    void tellNews(event, found)
      .catch((err: unknown) => {
        log.warn({ err }, 'news not told');
        for (const lang of LANGUAGES) io.to(roomOf(event, lang)).emit('changed');
      })
      .then(() => sleep(GATHER_MS, undefined, { signal }).catch(() => undefined))
      .then(() => {
        const isMore = found.state === 'telling, more to tell';
        found.state = 'quiet';
        if (isMore && !signal.aborted) tell(event);
      });
  }

  async function tellNews(event: EventId, found: Watched): Promise<void> {
    const doc = await couch.get<EventDoc>('fleet', eventDocId(event));
    const languages = LANGUAGES.filter((lang) => io.sockets.adapter.rooms.has(roomOf(event, lang)));
    if (!doc || languages.length === 0) return;
    for (let pages = 1, more = true; more; pages += 1) {
      const messages = await newsroom.since(doc, found.seq, languages);
      more = false;
      for (const [lang, message] of messages) {
        if (pages <= MOST_PAGES_OF_NEWS) io.to(roomOf(event, lang)).emit('news', message);
        else if (!message.more) io.to(roomOf(event, lang)).emit('changed');
        found.seq = message.seq;
        more = message.more;
      }
    }
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
      work.push(keepUp(followDatabases), watchLogins({ io, couch, known, accounts, log, signal }));
      io.attach(server);
      for (const middleware of parts.login) io.engine.use(forHandshake(middleware));
      io.on('connection', welcome);
      io.sockets.adapter.on('delete-room', (room: string) => {
        const [kind, event = ''] = room.split(' ');
        const isLeft = LANGUAGES.every((lang) => !io.sockets.adapter.rooms.has(roomOf(event, lang)));
        if (kind === 'event' && isLeft) watched.delete(event);
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

/** Pages of an event in one language. */
const roomOf = (event: EventId, lang: Language): string => `event ${event} ${lang}`;

/** What opened a socket (headers, session, the answer that it never had) would be kept for as long as it lasts. */
function forgetRequest({ conn }: Pick<LiveSocket, 'conn'>): void {
  // As Socket.io says to do: https://socket.io/docs/v4/memory-usage/
  Object.assign(conn, { request: undefined });
}

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
