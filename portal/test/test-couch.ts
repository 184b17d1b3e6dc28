import type { TestContext } from 'node:test';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import {
  boothDatabase,
  eventDatabase,
  isBoothId,
  isEventId,
  SYSTEM_DATABASES,
} from '@photomaton/design-docs/docs';
import { loadPortalConfig, type PortalConfig } from '../config.ts';
import { runningCouchServer } from '../couch-server.ts';

/**
 * The CouchDB that a portal is tested on: the embedded server of its folder, or that of COUCH_URL. Databases of a portal
 * have fixed names, so there is one portal (or the nodes of one) on that server at a time: it begins on an empty server,
 * and leaves it empty. What is not of these tests is never touched: see `claim`.
 */
export async function testCouch(
  t: Pick<TestContext, 'after'>,
  { COUCH_URL } = process.env,
): Promise<PortalConfig['couch']> {
  if (!COUCH_URL) return { kind: 'embedded', port: 0 };
  const { couch } = loadPortalConfig([], { COUCH_URL });
  if (couch.kind === 'server') {
    const { admin } = couch;
    await claim(admin);
    // Asked for from within, it comes last: by then, the portal is stopped.
    t.after(() => t.after(() => release(admin)));
  }
  return couch;
}

/** The same for a program of the portal. */
export function couchEnv(couch: PortalConfig['couch']): Record<string, string> {
  if (couch.kind === 'embedded') return { COUCH_PORT: String(couch.port) };
  const { url, username, password } = couch.admin;
  return { COUCH_URL: url, COUCH_USER: username, COUCH_PASSWORD: password };
}

/** Where a program of the portal has its CouchDB, as administrator. */
export async function couchAdmin(o: Pick<PortalConfig, 'dataDir' | 'couch'>): Promise<CouchAddress> {
  if (o.couch.kind === 'server') return o.couch.admin;
  const admin = await runningCouchServer(o.dataDir);
  if (!admin) throw new Error('the embedded server does not run');
  return admin;
}

/** Stands on a server while a test has it, and names its process: what a killed test left behind may go. */
const CLAIM = 'photomaton_tests';
const COUCHDBS_OWN = ['_users', '_replicator', '_global_changes'];

/** Only a server with nothing of anybody on it is taken. */
async function claim(admin: CouchAddress): Promise<void> {
  const couch = openCouch(admin);
  const isLeft = (await couch.info(CLAIM)) !== undefined;
  const { pid } = (isLeft && (await couch.get<{ pid: number }>(CLAIM, 'test'))) || {};
  if (pid && isRunning(pid)) throw new Error(`${admin.url} has the tests of process ${pid}: one at a time`);
  const isNobodys = (db: string) =>
    COUCHDBS_OWN.includes(db) || (isLeft && (db === CLAIM || isOfAPortal(db)));
  const found = [
    ...(await databasesOf(admin)).filter((db) => !isNobodys(db)),
    ...(isLeft ? [] : await docsOf(admin, '_users')),
    ...(await docsOf(admin, '_replicator')),
  ];
  if (found.length > 0) {
    throw new Error(
      `${admin.url} holds what is not of these tests, which delete what they find: ${found.slice(0, 5)}. COUCH_URL has to be a CouchDB with nothing on it`,
    );
  }
  if (isLeft) await release(admin);
  await ask(admin, 'PUT', CLAIM);
  await couch.put(CLAIM, { _id: 'test', pid: process.pid });
}

/** Deletes what a portal makes, and nothing else; the claim last. */
async function release(admin: CouchAddress): Promise<void> {
  for (const db of (await databasesOf(admin)).filter(isOfAPortal)) await ask(admin, 'DELETE', db);
  const couch = openCouch(admin);
  for (const id of await docsOf(admin, '_users')) {
    const user = await couch.get('_users', id);
    if (user) await couch.remove('_users', id, user._rev);
  }
  await ask(admin, 'DELETE', CLAIM);
}

const isOfAPortal = (db: string): boolean => {
  const id = db.slice(db.indexOf('-') + 1);
  return (
    SYSTEM_DATABASES.some((name) => name === db) ||
    (isEventId(id) && db === eventDatabase(id)) ||
    (isBoothId(id) && db === boothDatabase(id))
  );
};

const databasesOf = (admin: CouchAddress) => ask<string[]>(admin, 'GET', '_all_dbs');

/** What somebody wrote in a database of CouchDB's own, if there is one. */
async function docsOf(admin: CouchAddress, db: string): Promise<string[]> {
  const couch = openCouch(admin);
  if (!(await couch.info(db))) return [];
  return (await couch.ids(db, { limit: 1000 })).filter((id) => !id.startsWith('_design/'));
}

async function ask<T>({ url, username, password }: CouchAddress, method: string, path: string): Promise<T> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = await fetch(`${url}/${path}`, { method, headers: { authorization } });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${url}/${path}: ${JSON.stringify(said)}`);
  return said as T;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
