import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openLevelDb } from '../leveldb.ts';
import type { Security } from './security.ts';

/** What the server knows of one database besides its documents. */
export interface CatalogueEntry {
  name: string;
  /** Folder of the store; a database that is created again gets another one. */
  folder: string;
  /** Marks this life of the database in update sequences. */
  instance: string;
  createdAt: number;
  security: Security;
}

/**
 * The list of databases, durable in its own store: a database exists from the moment its entry is written
 * until the moment it is deleted, whatever folders a killed process left behind.
 */
export interface Catalogue {
  /** The server's own id and the key of its session cookies, made at first start. */
  readonly server: { uuid: string; cookieKey: Buffer };
  readonly entries: ReadonlyMap<string, CatalogueEntry>;
  add(name: string, security: Security): Promise<CatalogueEntry>;
  setSecurity(entry: CatalogueEntry, security: Security): Promise<void>;
  /** Forgets the entry; the folder is the caller's to remove. */
  remove(entry: CatalogueEntry): Promise<void>;
  close(): Promise<void>;
}

type Kept = Pick<CatalogueEntry, 'instance' | 'createdAt' | 'security'> & { folderName: string };

export async function openCatalogue(dir: string): Promise<Catalogue> {
  const databases = join(dir, 'databases');
  await mkdir(databases, { recursive: true });
  const store = await openLevelDb<object>(join(dir, 'catalogue'), { autoCompaction: true });
  const entries = new Map<string, CatalogueEntry>();
  const { rows } = await store.allDocs<Kept>({ include_docs: true, startkey: 'db:', endkey: 'db;' });
  for (const { id, doc } of rows) {
    if (!doc) continue;
    const name = id.slice('db:'.length);
    const { instance, createdAt, security, folderName } = doc;
    entries.set(name, { name, folder: join(databases, folderName), instance, createdAt, security });
  }
  await removeLeftovers(databases, new Set([...entries.values()].map((entry) => entry.folder)));

  async function keep(id: string, body: object): Promise<void> {
    const old = await store.get(id).catch(() => undefined);
    await store.put({ _id: id, ...body, ...(old ? { _rev: old._rev } : {}) });
  }

  return {
    server: await serverIdentity(store),
    entries,
    async add(name, security) {
      const instance = randomBytes(4).toString('hex');
      const folderName = `${name.replaceAll('/', '.')}.${instance}`; // a name has no full stop: no clash
      const createdAt = Math.floor(Date.now() / 1000);
      await keep(`db:${name}`, { instance, createdAt, security, folderName } satisfies Kept);
      const entry = { name, folder: join(databases, folderName), instance, createdAt, security };
      entries.set(name, entry);
      return entry;
    },
    async setSecurity(entry, security) {
      const folderName = entry.folder.slice(databases.length + 1);
      const { instance, createdAt } = entry;
      await keep(`db:${entry.name}`, { instance, createdAt, security, folderName } satisfies Kept);
      entry.security = security;
    },
    async remove(entry) {
      entries.delete(entry.name);
      await store.remove(await store.get(`db:${entry.name}`));
    },
    close: () => store.close(),
  };
}

/** A process that was killed between forgetting a database and removing its folder left that folder. */
async function removeLeftovers(databases: string, known: Set<string>): Promise<void> {
  for (const name of await readdir(databases)) {
    const folder = join(databases, name);
    if (!known.has(folder)) await rm(folder, { recursive: true, force: true });
  }
}

async function serverIdentity(store: PouchDB.Database<object>): Promise<Catalogue['server']> {
  const id = 'server';
  let kept = await store.get<{ uuid: string; cookieKey: string }>(id).catch(() => undefined);
  if (!kept) {
    const uuid = randomBytes(16).toString('hex');
    await store.put({ _id: id, uuid, cookieKey: randomBytes(32).toString('base64') });
    kept = await store.get<{ uuid: string; cookieKey: string }>(id);
  }
  return { uuid: kept.uuid, cookieKey: Buffer.from(kept.cookieKey, 'base64') };
}
