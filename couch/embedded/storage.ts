import type { Pool, Pouch } from './pool.ts';

/**
 * A database's documents as PouchDB keeps them, reduced to what the server needs. PouchDB is storage only:
 * revisions, conflicts, stubs and validation are decided by the server, and everything is stored with
 * `new_edits: false`.
 */
export interface StoredAttachment {
  content_type: string;
  digest: string;
  length: number;
  revpos: number;
  stub?: true;
  data?: string;
}
export type StoredDoc = Record<string, unknown> & {
  _id: string;
  _rev: string;
  _deleted?: true;
  _revisions?: { start: number; ids: string[] };
  _attachments?: Record<string, StoredAttachment>;
};

export interface ReadOptions {
  rev?: string | undefined;
  revs?: boolean | undefined;
  revs_info?: boolean | undefined;
  conflicts?: boolean | undefined;
  latest?: boolean | undefined;
  attachments?: boolean | undefined;
}

export interface AllDocsOptions {
  startkey?: string;
  endkey?: string;
  key?: string;
  keys?: string[];
  inclusive_end?: boolean;
  descending?: boolean;
  include_docs?: boolean;
  conflicts?: boolean;
  attachments?: boolean;
  limit?: number;
  skip?: number;
}
export interface AllDocsRow {
  id?: string;
  key: string;
  value?: { rev: string; deleted?: true };
  doc?: StoredDoc | null;
  error?: string;
}

export interface ChangesOptions {
  since: number;
  limit: number;
  descending?: boolean;
  style?: 'all_docs' | 'main_only';
  include_docs?: boolean;
  conflicts?: boolean;
  attachments?: boolean;
  doc_ids?: string[];
}
export interface Change {
  seq: number;
  id: string;
  changes: { rev: string }[];
  deleted?: true;
  doc?: StoredDoc;
}

export interface Storage {
  info(): Promise<{ docs: number; seq: number }>;
  /** Undefined when there is no such document or revision, or (without `rev`) when it is deleted. */
  get(id: string, options?: ReadOptions): Promise<StoredDoc | undefined>;
  /** Every leaf of the document's revision tree, winner first; none when it never existed. */
  leaves(id: string, options?: ReadOptions): Promise<StoredDoc[]>;
  /** The given revisions, or what is said of those that are missing. */
  revisions(
    id: string,
    revs: string[],
    options: ReadOptions,
  ): Promise<({ ok: StoredDoc } | { missing: string })[]>;
  revsDiff(
    asked: Record<string, string[]>,
  ): Promise<Record<string, { missing: string[]; possible_ancestors?: string[] }>>;
  allDocs(options: AllDocsOptions): Promise<{ total_rows: number; offset: number; rows: AllDocsRow[] }>;
  changes(options: ChangesOptions): Promise<{ results: Change[]; last_seq: number }>;
  /** Stores revisions as they are given. Attachments: Buffers in `data`, or stubs that the store knows. */
  put(docs: object[]): Promise<void>;
  attachment(id: string, rev: string, name: string): Promise<Buffer>;
  getLocal(id: string): Promise<Record<string, unknown> | undefined>;
  putLocal(id: string, body: Record<string, unknown>): Promise<void>;
  removeLocal(id: string): Promise<boolean>;
}

const isMissing = (error: unknown): boolean => (error as { status?: number }).status === 404;

/** `undefined` where PouchDB says 404. */
async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The types of PouchDB know one shape of options per call; ours are checked by StoredDoc instead. */
const read = (store: Pouch, id: string, options: object): Promise<unknown> =>
  store.get(id, options as PouchDB.Core.GetOptions);

export function createStorage(pool: Pool, folder: string): Storage {
  const on = <T>(work: (store: Pouch) => Promise<T>): Promise<T> => pool.use(folder, work);

  async function openRevs(id: string, revs: string[] | 'all', options: ReadOptions) {
    const answers = await on((store) => found(read(store, id, { ...options, open_revs: revs })));
    return (answers ?? []) as ({ ok: StoredDoc } | { missing: string })[];
  }

  return {
    info: () =>
      on(async (store) => {
        const info = await store.info();
        return { docs: info.doc_count, seq: Number(info.update_seq) };
      }),
    get: (id, options = {}) =>
      on((store) => found(read(store, id, options))) as Promise<StoredDoc | undefined>,
    async leaves(id, options = {}) {
      const answers = await openRevs(id, 'all', { revs: true, ...options });
      return answers.flatMap((answer) => ('ok' in answer ? [answer.ok] : [])).sort(winnerFirst);
    },
    async revisions(id, revs, options) {
      const answers = await openRevs(id, revs, options);
      return answers.length > 0 ? answers : revs.map((missing) => ({ missing }));
    },
    revsDiff: (asked) => on((store) => store.revsDiff(asked)) as ReturnType<Storage['revsDiff']>,
    allDocs: (options) =>
      on((store) => store.allDocs(options as PouchDB.Core.AllDocsOptions)) as ReturnType<Storage['allDocs']>,
    changes: (options) =>
      on(async (store) => await store.changes(options as PouchDB.Core.ChangesOptions)) as Promise<{
        results: Change[];
        last_seq: number;
      }>,
    put: (docs) =>
      on(async (store) => {
        const failures = await store.bulkDocs(docs as PouchDB.Core.PutDocument<object>[], {
          new_edits: false,
        });
        const failure = failures.find((result) => 'error' in result);
        if (failure) throw new Error('the store refused a revision', { cause: failure });
      }),
    attachment: (id, rev, name) => on((store) => store.getAttachment(id, name, { rev })) as Promise<Buffer>,
    getLocal: (id) =>
      on(async (store) => {
        const kept = (await found(read(store, id, {}))) as { body: Record<string, unknown> } | undefined;
        return kept?.body;
      }),
    putLocal: (id, body) =>
      on(async (store) => {
        // PouchDB would demand the last revision where CouchDB does not: the client's is inside `body`.
        const kept = (await found(read(store, id, {}))) as { _rev: string } | undefined;
        await store.put({ _id: id, body, ...(kept ? { _rev: kept._rev } : {}) });
      }),
    removeLocal: (id) =>
      on(async (store) => {
        const kept = (await found(read(store, id, {}))) as { _rev: string } | undefined;
        if (kept) await store.remove(id, kept._rev);
        return kept !== undefined;
      }),
  };
}

/** CouchDB's order of leaves: not deleted before deleted, longer before shorter, then the greater hash. */
function winnerFirst(a: StoredDoc, b: StoredDoc): number {
  if (Boolean(a._deleted) !== Boolean(b._deleted)) return a._deleted ? 1 : -1;
  const [x, y] = [splitRev(a._rev), splitRev(b._rev)];
  return y.pos - x.pos || (x.hash < y.hash ? 1 : -1);
}

/** `{ pos: 2, hash: 'ab' }` of `2-ab`, which must be well-formed. */
export function splitRev(rev: string): { pos: number; hash: string } {
  const dash = rev.indexOf('-');
  return { pos: Number(rev.slice(0, dash)), hash: rev.slice(dash + 1) };
}
