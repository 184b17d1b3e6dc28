import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch } from '@photomaton/couch';
import { type AccountDoc, accountId, type SessionDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Account, Accounts } from './accounts/accounts.ts';
import type { KnownDocs } from './known-docs.ts';

const SWEEP_MS = 60_000;

/** Who opened a socket, and in which session. */
export interface LoginOfSocket {
  account: Account;
  /** Id of the session's document. */
  session: string;
  /** When the session began, ISO 8601. */
  began: string;
}

/** What is used of a Socket.io server here. */
interface SocketsWithLogins {
  in(room: string): { disconnectSockets(close: boolean): void };
  sockets: {
    adapter: { rooms: Map<string, Set<string>> };
    sockets: Map<string, { data: LoginOfSocket; disconnect(close: boolean): unknown }>;
  };
}

/** Rooms by which a socket is found when its session or its account changes: the ids of their documents. */
export const roomsOf = ({ session, account }: LoginOfSocket): string[] => [session, accountId(account.id)];

/**
 * Sockets outlive the sessions that opened them. Here they end with them, on every node: at a logout and
 * at a new password or a closed account by what changes there, and by a sweep when a session ran out. Ends when
 * `signal` is aborted.
 */
export async function watchLogins({
  io,
  couch,
  known,
  accounts,
  log,
  signal,
}: {
  io: SocketsWithLogins;
  couch: Couch;
  known: Pick<KnownDocs, 'onChange'>;
  accounts: Pick<Accounts, 'ofSession'>;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  known.onChange<SessionDoc>('sessions', ({ id, deleted, doc }) => {
    if (deleted || doc?.data === null) io.in(id).disconnectSockets(true);
  });
  known.onChange<AccountDoc>('accounts', ({ id }) => {
    for (const socketId of io.sockets.adapter.rooms.get(id) ?? []) void check(socketId);
  });

  async function check(socketId: string): Promise<void> {
    const socket = io.sockets.sockets.get(socketId);
    try {
      if (socket && !(await isLoggedIn(socket.data))) socket.disconnect(true);
    } catch (err) {
      // CouchDB is away: the sweep asks again.
      log.warn({ err }, 'login of a socket not checked');
    }
  }

  async function isLoggedIn({ account, session, began }: LoginOfSocket): Promise<boolean> {
    const doc = await couch.get<SessionDoc>('sessions', session);
    if (!doc?.data || doc.expiresAt <= new Date().toISOString()) return false;
    return (await accounts.ofSession(account.id, began)) !== undefined;
  }

  while (!signal.aborted) {
    await sleep(SWEEP_MS, undefined, { signal }).catch(() => undefined);
    for (const socketId of io.sockets.sockets.keys()) {
      if (signal.aborted) return;
      await check(socketId);
    }
  }
}
