/**
 * PouchDB on LevelDB: the only place that knows the adapter, so that it can be replaced in one file.
 *
 * Two defaults of the adapter are wrong for photographs and are changed here:
 * it never syncs (a power cut takes what it acknowledged), and it hashes a revision out of the JSON of
 * the whole document, attachments included (ten times slower, and it blocks the event loop).
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import leveldown, { type Store } from 'leveldown';
import PouchDB from 'pouchdb';
import leveldbAdapter from 'pouchdb-adapter-leveldb';
import { syncFolder } from './durable-file.ts';

PouchDB.plugin(leveldbAdapter);

/** The stores that are open, by their folder. */
const openStores = new Map<string, Store>();

/**
 * leveldown with `sync: true` on every write. PouchDB caches open stores by the name of this function and
 * the folder, so the name must not be the one of another wrapper in the process.
 */
function leveldownThatSyncsEveryWrite(location: string): Store {
  const store = leveldown(location);
  const { _put, _del, _batch, _close } = store;
  store._put = (key, value, options, done) => _put.call(store, key, value, { ...options, sync: true }, done);
  store._del = (key, options, done) => _del.call(store, key, { ...options, sync: true }, done);
  store._batch = (operations, options, done) =>
    _batch.call(store, operations, { ...options, sync: true }, done);
  store._chainedBatch = () => {
    throw new Error('chained batches are not synced');
  };
  store._close = (done) => {
    openStores.delete(location);
    _close.call(store, done);
  };
  openStores.set(location, store);
  return store;
}
leveldownThatSyncsEveryWrite.destroy = leveldown.destroy;

/**
 * Opens the database in `folder`, made if absent. When it resolves, the empty database would survive a power
 * cut; from then on every acknowledged write does. Opened twice in one process it is the same store, and
 * closing one closes both. Rejects when LevelDB cannot open it: locked by another process, or damaged.
 *
 * @param options.autoCompaction keep only the newest revision's body of each branch (default: all)
 * @param options.revsLimit how many revisions a document remembers (default: PouchDB's, 1000)
 * @param options.writeBufferBytes what is written is kept in memory, beside the log, up to this size (at most twice
 *   that while it is moved), and then sorted into files of up to this size (default: LevelDB's, 4 MB and 2 MB)
 */
export async function openLevelDb<T extends object = object>(
  folder: string,
  options: { autoCompaction?: boolean; revsLimit?: number; writeBufferBytes?: number } = {},
): Promise<PouchDB.Database<T>> {
  const path = resolve(folder);
  await makeIfAbsent(path);
  await syncFolder(dirname(path)); // also if it is there: its maker may have been killed before this
  const { writeBufferBytes } = options;
  const configuration = {
    adapter: 'leveldb',
    db: leveldownThatSyncsEveryWrite,
    deterministic_revs: false,
    auto_compaction: options.autoCompaction ?? false,
    ...(options.revsLimit === undefined ? {} : { revs_limit: options.revsLimit }),
    // Handed on to LevelDB. Its own files of 2 MB would each hold less than one photo.
    ...(writeBufferBytes === undefined
      ? {}
      : { writeBufferSize: writeBufferBytes, maxFileSize: writeBufferBytes }),
  };
  const database = new PouchDB<T>(path, configuration);
  await database.info(); // rejects when the store did not open
  return database;
}

/**
 * The same bytes as an attachment for these databases. PouchDB clones whatever it is given, Buffers with it, and to
 * copy a photograph costs as much as to hash it; other typed arrays it takes as they are. They must not be changed
 * until they are stored.
 */
export const uncopied = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);

/**
 * Gives back the memory of what was lately written to the open database in `folder`: resolves when it stands in sorted
 * files. For a database that will not be written to any more, and stays open.
 */
export async function flushLevelDb(folder: string): Promise<void> {
  const store = openStores.get(resolve(folder));
  // LevelDB moves its whole memory before it looks at the range; there is no key in this one, so nothing else is done.
  // (https://github.com/google/leveldb/blob/v1.20/db/db_impl.cc, DBImpl::CompactRange)
  if (store) await done((callback) => store.compactRange(NO_KEYS, NO_KEYS, callback));
}
/** After every key of PouchDB's, which begin with `ÿ`. */
const NO_KEYS = '\u{10ffff}';

/** Under way: two that open the same new database wait for the same. */
const beingMade = new Map<string, Promise<void>>();

function makeIfAbsent(path: string): Promise<void> {
  const making = beingMade.get(path) ?? make(path).finally(() => beingMade.delete(path));
  beingMade.set(path, making);
  return making;
}

/**
 * LevelDB syncs neither its first MANIFEST nor the name that it gives the second: for as long as nothing else syncs
 * the folder, a power cut leaves a database that it never opens again. So it is made under another name, and has its
 * own when all of it would survive. (https://github.com/google/leveldb/blob/v1.20/db/db_impl.cc, NewDB)
 */
async function make(path: string): Promise<void> {
  if (await isThere(path)) return;
  const making = `${path}.making`;
  await mkdir(dirname(path), { recursive: true });
  await rm(making, { recursive: true, force: true }); // what a power cut left
  const store = leveldown(making);
  await done((callback) => store.open({ createIfMissing: true }, callback));
  await done((callback) => store.close(callback));
  await syncFolder(making);
  await rename(making, path);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function done(work: (callback: (error: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}
