import { resolve } from 'node:path';
import leveldown, { type Store } from 'leveldown';

/** A database in LevelDB: `damaged` when parts of it are missing or cannot be read. */
export type LevelDbCheck = { kind: 'whole' } | { kind: 'damaged'; reason: string };

/** PouchDB's store of the bytes of attachments, of which only the keys are small. */
const BINARY_STORE = '\u00ffattach-binary-store\u00ff';

/**
 * Reads every row of the closed database in `folder`, except the bytes of attachments. To be asked before
 * PouchDB opens it: PouchDB takes a counter that it cannot read for zero, hangs over a document that it cannot
 * read, and LevelDB makes a new database where its CURRENT is missing and deletes the files of the old.
 * Rejects when the reason is not damage: locked by another process, no right, no space.
 */
export async function checkLevelDb(folder: string): Promise<LevelDbCheck> {
  const store = leveldown(resolve(folder));
  try {
    await done((callback) => store.open({ createIfMissing: false }, callback));
    try {
      await readRows(store, { lt: BINARY_STORE });
      await readRows(store, { gt: `${BINARY_STORE}\u00ff` });
    } finally {
      await done((callback) => store.close(callback));
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { kind: 'damaged', reason: error.message };
  }
  return { kind: 'whole' };
}

async function readRows(store: Store, range: { lt: string } | { gt: string }): Promise<void> {
  const rows = store.iterator({ ...range, keyAsBuffer: false, valueAsBuffer: false });
  const next = () =>
    new Promise<string | undefined>((resolve, reject) => {
      rows.next((error, _key, value) => (error ? reject(error) : resolve(value)));
    });
  try {
    for (let row = await next(); row !== undefined; row = await next()) JSON.parse(row);
  } finally {
    await done((callback) => rows.end(callback));
  }
}

/**
 * LevelDB has no codes, only these words (util/status.cc, and the system's own for a file). A row that is no
 * JSON is a SyntaxError. What is not known to be damage is none: a lock, say, or a disk that is full.
 */
function isDamage(error: unknown): error is Error {
  if (error instanceof SyntaxError) return true;
  if (!(error instanceof Error)) return false;
  return /^Corruption|^NotFound|Invalid argument|No such file|Input\/output error/.test(error.message);
}

function done(work: (callback: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
}
