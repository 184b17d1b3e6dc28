import { resolve } from 'node:path';
import leveldown, { type Store } from 'leveldown';

/** A database in LevelDB: `damaged` when parts of it are missing or cannot be read. */
export type LevelDbCheck =
  /** Its documents as PouchDB's `allDocs` includes them, but that no attachment says `stub`. */
  { kind: 'whole'; docs: StoredDoc[] } | { kind: 'damaged'; reason: string };

export type StoredDoc = { _id: string; _rev: string } & Record<string, unknown>;

/** Beginnings of keys, as the adapter makes them (pouchdb-adapter-leveldb-core, sublevel-pouchdb). */
const BYTES = '\u00ffattach-binary-store\u00ff';
const DOCUMENTS = '\u00ffdocument-store\u00ff';
const BODIES = '\u00ffby-sequence\u00ff';

/**
 * Reads every row of the closed database in `folder`, except the bytes of attachments. To be asked before
 * PouchDB opens it: PouchDB takes a counter that it cannot read for zero, hangs over a document that it cannot
 * read, and LevelDB makes a new database where its CURRENT is missing and deletes the files of the old. What it has read
 * it gives: to ask PouchDB for each document is slow, and many single reads make LevelDB sort all of its files again.
 * Rejects when the reason is not damage: locked by another process, no right, no space.
 */
export async function checkLevelDb(folder: string): Promise<LevelDbCheck> {
  const store = leveldown(resolve(folder));
  try {
    await done((callback) => store.open({ createIfMissing: false }, callback));
    try {
      return await readDocuments(store);
    } finally {
      await done((callback) => store.close(callback));
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { kind: 'damaged', reason: error.message };
  }
}

async function readDocuments(store: Store): Promise<LevelDbCheck> {
  const bodies = new Map<string, object>();
  const docs: StoredDoc[] = [];
  for (const range of [{ lt: BYTES }, { gt: `${BYTES}\u00ff` }]) {
    for await (const [key, row] of rows(store, range)) {
      const value = JSON.parse(row) as object;
      if (key.startsWith(BODIES)) bodies.set(key, value);
      if (!key.startsWith(DOCUMENTS)) continue;
      // Bodies come before documents.
      const { id, winningRev = '', rev_map, deleted } = value as Partial<DocumentRow>;
      const body = bodies.get(BODIES + String(rev_map?.[winningRev]).padStart(16, '0'));
      if (!body || id === undefined || key !== DOCUMENTS + id)
        return { kind: 'damaged', reason: `no body: ${key}` };
      if (!deleted) docs.push({ ...body, _id: id, _rev: winningRev });
    }
  }
  return { kind: 'whole', docs };
}

interface DocumentRow {
  id: string;
  winningRev: string;
  rev_map: Record<string, number>;
  deleted: boolean;
}

async function* rows(store: Store, range: { lt: string } | { gt: string }): AsyncGenerator<[string, string]> {
  const iterator = store.iterator({ ...range, keyAsBuffer: false, valueAsBuffer: false });
  const next = () =>
    new Promise<[string, string] | undefined>((resolve, reject) => {
      iterator.next((error, key, value) => {
        if (error) reject(error);
        else resolve(key === undefined || value === undefined ? undefined : [key, value]);
      });
    });
  try {
    for (let row = await next(); row; row = await next()) yield row;
  } finally {
    await done((callback) => iterator.end(callback));
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
