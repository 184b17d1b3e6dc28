import { rm } from 'node:fs/promises';
import { openLevelDb } from '../leveldb.ts';
import { notFound } from './http.ts';
import { LIMITS } from './limits.ts';

export type Pouch = PouchDB.Database<object>;

/** Opens stores when they are used and closes the longest idle ones, so that few are open at once. */
export interface Pool {
  /** Runs `work` on the store of a folder; it stays open at least until the work is done. */
  use<T>(folder: string, work: (store: Pouch) => Promise<T>): Promise<T>;
  /** Closes the store when its work is done and removes the folder. */
  destroy(folder: string): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  store: Promise<Pouch>;
  users: number;
  /** Called when the last user leaves. */
  onIdle: (() => void)[];
}

export function createPool(): Pool {
  // In order of last use: a Map keeps the order of insertion.
  const entries = new Map<string, Entry>();
  const closing = new Map<string, Promise<void>>();
  // A late reader must not make the folder of a removed database again; folders are never used twice.
  const destroyed = new Set<string>();

  function close(folder: string, entry: Entry): Promise<void> {
    entries.delete(folder);
    const closed = entry.store
      .then((store) => store.close())
      .catch(() => {}) // it never opened: nothing to close
      .finally(() => closing.delete(folder));
    closing.set(folder, closed);
    return closed;
  }

  function closeIdleOnes(): void {
    for (const [folder, entry] of entries) {
      if (entries.size <= LIMITS.openDatabases) return;
      if (entry.users === 0) void close(folder, entry);
    }
  }

  async function acquire(folder: string): Promise<Entry> {
    for (let pending = closing.get(folder); pending; pending = closing.get(folder)) await pending;
    if (destroyed.has(folder)) throw notFound('Database does not exist.');
    const entry = entries.get(folder) ?? {
      store: openLevelDb(folder, { autoCompaction: true, writeBufferBytes: LIMITS.writeBufferBytes }),
      users: 0,
      onIdle: [],
    };
    entry.users += 1;
    entries.delete(folder);
    entries.set(folder, entry);
    return entry;
  }

  function release(_folder: string, entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    for (const tell of entry.onIdle.splice(0)) tell();
    closeIdleOnes();
  }

  async function closeWhenIdle(folder: string): Promise<void> {
    const entry = entries.get(folder);
    if (!entry) return closing.get(folder);
    if (entry.users > 0) {
      await new Promise<void>((resolve) => entry.onIdle.push(resolve));
    }
    if (entries.get(folder) === entry) await close(folder, entry);
  }

  return {
    async use(folder, work) {
      const entry = await acquire(folder);
      try {
        return await work(await entry.store);
      } catch (error) {
        // A store that did not open is tried anew by the next user.
        await entry.store.catch(() => entries.get(folder) === entry && entries.delete(folder));
        throw error;
      } finally {
        release(folder, entry);
      }
    },
    async destroy(folder) {
      destroyed.add(folder);
      await closeWhenIdle(folder);
      await rm(folder, { recursive: true, force: true });
    },
    async close() {
      await Promise.all([...entries.keys()].map(closeWhenIdle));
      await Promise.all(closing.values());
    },
  };
}
