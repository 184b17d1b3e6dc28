import type { Pool, Pouch } from './pool.ts';
import {
  compareRevs,
  historyOf,
  isKnown,
  type Leaf,
  leavesBelow,
  type TreeNode,
  winnerFirst,
} from './revision-tree.ts';

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
interface Change {
  seq: number;
  id: string;
  changes: { rev: string }[];
  deleted?: true;
  doc?: StoredDoc;
}

export type OpenRevision = { ok: StoredDoc } | { missing: string };

export interface Storage {
  info(): Promise<{ docs: number; seq: number }>;
  /** Undefined when there is no such document or revision, or (without `rev`) when it is deleted. */
  get(id: string, options?: ReadOptions): Promise<StoredDoc | undefined>;
  /** The leaves of the document's revision tree, winner first; none when it never existed. */
  leaves(id: string): Promise<Leaf[]>;
  /** The given revisions (or all leaves), or what is said of those that are missing. */
  revisions(id: string, revs: string[] | 'all', options: ReadOptions): Promise<OpenRevision[]>;
  allDocs(options: AllDocsOptions): Promise<{ total_rows: number; offset: number; rows: AllDocsRow[] }>;
  changes(options: ChangesOptions): Promise<Change[]>;
  /** Stores revisions as they are given. Attachments: bytes in `data`, or stubs that the store knows. */
  put(docs: object[]): Promise<void>;
  /** The bytes of an attachment that a document names. */
  attachment(stub: StoredAttachment): Promise<Buffer>;
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

  async function leaves(id: string): Promise<Leaf[]> {
    const tree = await on((store) => found(revisionTree(store, id)));
    return (tree ?? []).flatMap(({ pos, ids }) => leavesBelow(ids, [], pos)).sort(winnerFirst);
  }

  async function get(id: string, { revs, ...options }: ReadOptions = {}): Promise<StoredDoc | undefined> {
    const doc = (await on((store) => found(read(store, id, options)))) as StoredDoc | undefined;
    return doc && revs ? { ...doc, _revisions: historyOf(await leaves(id), doc._rev) } : doc;
  }

  async function revisions(
    id: string,
    asked: string[] | 'all',
    options: ReadOptions,
  ): Promise<OpenRevision[]> {
    const { latest, ...others } = options;
    const tree = await leaves(id);
    const wanted =
      asked === 'all'
        ? tree.map(({ rev }) => rev)
        : asked.flatMap((rev) => {
            const after = latest ? tree.filter((leaf) => isKnown([leaf], rev)) : [];
            return after.length > 0 ? after.map((leaf) => leaf.rev) : [rev];
          });
    const answers: OpenRevision[] = [];
    for (const rev of wanted) {
      const ok = await get(id, { ...others, rev });
      answers.push(ok ? { ok } : { missing: rev });
    }
    return answers;
  }

  return {
    info: () =>
      on(async (store) => {
        const info = await store.info();
        return { docs: info.doc_count, seq: Number(info.update_seq) };
      }),
    get,
    leaves,
    revisions,
    allDocs: (options) =>
      on((store) => store.allDocs(options as PouchDB.Core.AllDocsOptions)) as ReturnType<Storage['allDocs']>,
    changes: (options) =>
      on(async (store) => {
        const found = await store.changes(options as PouchDB.Core.ChangesOptions);
        const results = found.results as unknown as Change[]; // with our StoredDoc
        for (const { changes } of results) changes.sort((a, b) => -compareRevs(a.rev, b.rev));
        return results;
      }),
    put: (docs) =>
      on(async (store) => {
        const failures = await store.bulkDocs(docs as PouchDB.Core.PutDocument<object>[], {
          new_edits: false,
        });
        const failure = failures.find((result) => 'error' in result);
        if (failure) throw new Error('the store refused a revision', { cause: failure });
      }),
    attachment: (stub) => on((store) => attachmentBytes(store, stub)),
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

/**
 * PouchDB's own tree of revisions. `get` with `revs` is not asked: it finds a history by the hash alone, and
 * gives another one's when two revisions of different lengths have the same (forged ones may).
 */
function revisionTree(store: Pouch, id: string): Promise<{ pos: number; ids: TreeNode }[]> {
  // An adapter's method, which the types do not tell of.
  const adapter = store as unknown as {
    _getRevisionTree(
      id: string,
      done: (error: unknown, tree: { pos: number; ids: TreeNode }[]) => void,
    ): void;
  };
  return new Promise((resolve, reject) => {
    adapter._getRevisionTree(id, (error, tree) => (error ? reject(error) : resolve(tree)));
  });
}

/** PouchDB's `getAttachment` reads the document once more, to find what we know already. */
function attachmentBytes(store: Pouch, stub: StoredAttachment): Promise<Buffer> {
  // An adapter's method, which the types do not tell of. It needs neither document nor name: bytes are kept by digest.
  const adapter = store as unknown as {
    _getAttachment(
      id: string,
      name: string,
      stub: StoredAttachment,
      options: { binary: true },
      done: (error: unknown, bytes: Buffer) => void,
    ): void;
  };
  return new Promise((resolve, reject) => {
    adapter._getAttachment('', '', stub, { binary: true }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
  });
}
