/**
 * PouchDB on LevelDB: the only place that knows the adapter, so that it can be replaced in one file.
 *
 * Two defaults of the adapter are wrong for photographs and are changed here:
 * it never syncs (a power cut takes what it acknowledged), and it hashes a revision out of the JSON of
 * the whole document, attachments included (ten times slower, and it blocks the event loop).
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import leveldown, { type Store } from 'leveldown';
import PouchDB from 'pouchdb';
import leveldbAdapter from 'pouchdb-adapter-leveldb';

PouchDB.plugin(leveldbAdapter);

/**
 * leveldown with `sync: true` on every write. PouchDB caches open stores by the name of this function and
 * the folder, so the name must not be the one of another wrapper in the process.
 */
function leveldownThatSyncsEveryWrite(location: string): Store {
  const store = leveldown(location);
  const { _put, _del, _batch } = store;
  store._put = (key, value, options, done) => _put.call(store, key, value, { ...options, sync: true }, done);
  store._del = (key, options, done) => _del.call(store, key, { ...options, sync: true }, done);
  store._batch = (operations, options, done) =>
    _batch.call(store, operations, { ...options, sync: true }, done);
  store._chainedBatch = () => {
    throw new Error('chained batches are not synced');
  };
  return store;
}
leveldownThatSyncsEveryWrite.destroy = leveldown.destroy;

/**
 * Opens the database in `folder`, made if absent. When it resolves, the folder itself would survive a power
 * cut; from then on every acknowledged write does. Opened twice in one process it is the same store, and
 * closing one closes both. Rejects when LevelDB cannot open it: locked by another process, or damaged.
 *
 * @param options.autoCompaction keep only the newest revision's body of each branch (default: all)
 * @param options.revsLimit how many revisions a document remembers (default: PouchDB's, 1000)
 */
export async function openLevelDb<T extends object = object>(
  folder: string,
  options: { autoCompaction?: boolean; revsLimit?: number } = {},
): Promise<PouchDB.Database<T>> {
  const path = resolve(folder);
  await mkdir(dirname(path), { recursive: true });
  const configuration = {
    adapter: 'leveldb',
    db: leveldownThatSyncsEveryWrite,
    deterministic_revs: false,
    auto_compaction: options.autoCompaction ?? false,
    ...(options.revsLimit === undefined ? {} : { revs_limit: options.revsLimit }),
  };
  const database = new PouchDB<T>(path, configuration);
  await database.info(); // rejects when the store did not open
  await syncFolder(dirname(path)); // LevelDB syncs what is in its folder, not the folder's own entry
  return database;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
