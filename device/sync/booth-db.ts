import { openLevelDb } from '@photomaton/couch/leveldb';
import type { SettingsDoc, StatusDoc } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';

/** The booth's own database, here and on the server: settings and templates come down, its status goes up. */
export interface BoothDb {
  /** Undefined until they came down for the first time; offline, what came last. */
  settings(): Promise<SettingsDoc | undefined>;
  /** What the last status said of the last sync. */
  lastSync(): Promise<StatusDoc['lastSync']>;
  /** Writes the status if it says something new: see {@link isNews}. */
  putStatus(status: StatusDoc): Promise<void>;
  pull(remote: PouchDB.Database): Promise<void>;
  push(remote: PouchDB.Database): Promise<void>;
  close(): Promise<void>;
}

/** `retry: false`: the cycle has its own way of trying again. Small batches: templates carry pictures. */
const OPTIONS = { batch_size: 5, batches_limit: 1, retry: false } as const;

/** Opens (makes) it in the folder. Rejects when another process has it open. */
export async function openBoothDb(folder: string): Promise<BoothDb> {
  const db = await openLevelDb(folder, { autoCompaction: true, revsLimit: 50 });

  async function read<T extends object>(id: string): Promise<(T & { _rev: string }) | undefined> {
    try {
      return await db.get<T>(id);
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  }

  return {
    settings: () => read<SettingsDoc>('settings'),
    lastSync: async () => (await read<StatusDoc>('status'))?.lastSync,
    async putStatus(status) {
      const previous = await read<StatusDoc>('status');
      if (previous && !isNews(previous, status)) return;
      await db.put(previous ? { ...status, _rev: previous._rev } : status);
    },
    pull: async (remote) => void (await PouchDB.replicate(asSource(remote), db, OPTIONS)),
    push: async (remote) => void (await PouchDB.replicate(db, remote, OPTIONS)),
    close: () => db.close(),
  };
}

/**
 * PouchDB asks a source for its `info` beside the work, to count progress that nobody reads here, and leaves that
 * promise alone (`finishBatch` of its replicate.js): when the line breaks just then, the rejection would end the
 * process. The work meets the broken line too, and says so.
 */
function asSource(remote: PouchDB.Database): PouchDB.Database {
  const info = remote.info.bind(remote);
  remote.info = () => info().catch(() => ({ db_name: remote.name, doc_count: 0, update_seq: 0 }));
  return remote;
}

/** Said again although nothing is new, so that a silent booth can be told from one that has nothing to say. */
const SAY_AGAIN_MS = 60 * 60_000;
/** Free space always moves a little. */
const FREE_SPACE_STEP = 100 * 2 ** 20;

/** Does it differ in more than the time and a little free space? A revision an idle cycle would be a waste. */
export function isNews(previous: StatusDoc, next: StatusDoc): boolean {
  const essence = ({ version, photos, waiting, refused, lastSync, disk }: StatusDoc) => {
    const free = Math.round(disk.freeBytes / FREE_SPACE_STEP);
    return JSON.stringify([
      version,
      photos,
      waiting,
      refused,
      lastSync?.outcome,
      lastSync?.problem,
      free,
      disk.reserveBytes,
    ]);
  };
  return essence(previous) !== essence(next) || Date.parse(next.at) - Date.parse(previous.at) >= SAY_AGAIN_MS;
}
