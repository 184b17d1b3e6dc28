/**
 * A small server that speaks the part of CouchDB's HTTP which portal and booths use, over PouchDB on LevelDB,
 * in the process of its caller. What it does and does not do: couch/README.md.
 */
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import type { Door } from '../couch.ts';
import { createAuth } from './auth.ts';
import { openCatalogue } from './catalogue.ts';
import { createDatabases, type Databases } from './databases.ts';
import { createDoor } from './door.ts';
import { createPool } from './pool.ts';
import { createHttpServer, createResponder } from './server.ts';
import { serverRoutes } from './server-routes.ts';
import { createUpdates } from './updates.ts';
import { createUsers, USERS, usersRules } from './users.ts';
import { createViews } from './views.ts';

export interface Embedded {
  /** `http://host:port`, without credentials. */
  url: string;
  port: number;
  /** How the process of this server reads attachments. */
  door: Door;
  /** Ends feeds and connections, waits for writes, closes the stores. */
  stop(): Promise<void>;
}

/**
 * Starts the server on the databases in `dir`. `port` 0 takes a free one. The admin is who this says, whatever
 * an earlier start said. Rejects when the port is taken (`EADDRINUSE`) or the folder is another process's.
 */
export async function startEmbedded({
  dir,
  host = '127.0.0.1',
  port,
  admin,
  log,
}: {
  dir: string;
  host?: string;
  port: number;
  admin: { username: string; password: string };
  log: Logger;
}): Promise<Embedded> {
  const catalogue = await openCatalogue(join(resolve(dir)));
  const pool = createPool();
  const updates = createUpdates([...catalogue.entries.keys()]);
  const users = createUsers({ database: () => databases.get(USERS) });
  const databases: Databases = createDatabases({
    catalogue,
    pool,
    rules: { [USERS]: usersRules((id) => users.forget(id)) },
    onEvent: updates.add,
  });
  const stopping = new AbortController();
  const auth = createAuth({ admin, users, cookieKey: catalogue.server.cookieKey });
  const stopped = stopping.signal;
  const views = createViews();
  const { uuid } = catalogue.server;
  const route = serverRoutes({ databases, updates, views, auth, uuid, stopped });
  const respond = createResponder({ auth, route });
  const server = createHttpServer({ respond, log });

  async function close(): Promise<void> {
    await databases.close();
    await catalogue.close();
  }
  try {
    if (!catalogue.entries.has(USERS)) await databases.create(USERS);
    await new Promise<void>((done, failed) => {
      server.once('error', failed);
      server.listen(port, host, done);
    });
  } catch (error) {
    await close();
    throw error;
  }
  const address = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  log.info({ url, dir }, 'embedded CouchDB listens');

  let stop: Promise<void> | undefined;
  return {
    url,
    port: address.port,
    door: createDoor({ respond, stopped, log }),
    stop() {
      stop ??= (async () => {
        stopping.abort();
        const closed = new Promise((done) => server.close(done));
        server.closeIdleConnections();
        server.closeAllConnections();
        await closed;
        await close();
      })();
      return stop;
    },
  };
}
