import { addWhole } from './add.ts';
import { openAttachment } from './attachment.ts';
import type { Couch, CouchAddress, RangeOptions, Stored, ViewRow } from './couch.ts';
import { CouchError } from './errors.ts';
import { documentPath, errorOfStatus, isCouchError, openRequests } from './request.ts';

const MAX_RANGE = 1000;
/** Two that take turns in being first are through after a few; more than this is a fault, not bad luck. */
const MAX_UPDATES = 8;
/** What became of one of many documents is said in words. */
const STATUS_IN_BULK: Record<string, number> = { conflict: 409, forbidden: 403, unauthorized: 401 };

interface Row {
  id: string;
  key: unknown;
  value: unknown;
  doc?: Stored | null;
}

/** A connection to one CouchDB as one user. Nothing is sent before the first call. */
export function openCouch(address: CouchAddress): Couch {
  const request = openRequests(address);

  async function get<T>(db: string, id: string): Promise<(T & Stored) | undefined> {
    try {
      return await request<T & Stored>({ db, path: documentPath(id) });
    } catch (error) {
      if (isCouchError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async function put<T extends { _id: string }>(db: string, doc: T): Promise<{ rev: string }> {
    const { rev } = await request<{ rev: string }>({
      method: 'PUT',
      db,
      path: documentPath(doc._id),
      body: doc,
    });
    return { rev };
  }

  async function rowsOf(
    db: string,
    { startkey, endkey, descending = false, limit }: RangeOptions,
    also: { include_docs?: true },
  ): Promise<Row[]> {
    if (limit < 1 || limit > MAX_RANGE) throw new RangeError(`limit is 1 to ${MAX_RANGE}, not ${limit}`);
    const query = { ...also, startkey, endkey, descending, limit };
    return (await request<{ rows: Row[] }>({ db, path: '_all_docs', query })).rows;
  }

  return {
    url: address.url,
    username: address.username,

    async server() {
      const root = await request<{ couchdb?: string; version?: string; vendor?: { name?: string } }>({});
      if (root.couchdb === undefined || root.version === undefined) {
        throw new CouchError('REFUSED', `${address.url} answers, but is not a CouchDB`);
      }
      const session = await request<{ userCtx: { name: string | null } }>({ path: '_session' });
      if (session.userCtx.name !== address.username) {
        throw new CouchError('UNAUTHORIZED', `${address.url} does not know us as ${address.username}`);
      }
      return { version: root.version, vendor: root.vendor?.name ?? 'unknown' };
    },

    get,
    put,

    async putMany(db, docs) {
      if (docs.length === 0) return [];
      const rows = await request<{ rev?: string; error?: string; reason?: string }[]>({
        ...{ method: 'POST', db, path: '_bulk_docs', body: { docs } },
      });
      return rows.map(({ rev, error, reason = '' }, i) => {
        if (error === undefined && rev !== undefined) return { rev };
        const what = `${db}/${docs[i]?._id}`;
        return { error: errorOfStatus(STATUS_IN_BULK[error ?? ''] ?? 500, reason, what) };
      });
    },

    async getMany<T>(db: string, ids: string[]) {
      if (ids.length === 0) return [];
      const { rows } = await request<{ rows: Partial<Row>[] }>({
        method: 'POST',
        db,
        path: '_all_docs',
        query: { include_docs: true },
        body: { keys: ids },
      });
      return rows.map((row) => (row.doc ?? undefined) as (T & Stored) | undefined);
    },

    async update<T extends { _id: string }>(
      db: string,
      id: string,
      change: (doc: (T & Stored) | undefined) => T | undefined,
    ) {
      for (let attempt = 1; ; attempt++) {
        const current = await get<T>(db, id);
        const wanted = change(current);
        if (wanted === undefined) return current;
        const next = current === undefined ? wanted : { ...wanted, _rev: current._rev };
        try {
          const { rev } = await put(db, next);
          return { ...next, _rev: rev };
        } catch (error) {
          if (!isCouchError(error, 'CONFLICT') || attempt === MAX_UPDATES) throw error;
        }
      }
    },

    add: (db, doc, bytesOf) => addWhole(address, db, doc, bytesOf),

    async remove(db, id, rev) {
      try {
        await request({ method: 'DELETE', db, path: documentPath(id), query: { rev } });
      } catch (error) {
        if (isCouchError(error, 'NOT_FOUND')) return;
        // Of a document that is deleted already, CouchDB says that the revision conflicts.
        if (isCouchError(error, 'CONFLICT') && (await get(db, id)) === undefined) return;
        throw error;
      }
    },

    async range<T>(db: string, options: RangeOptions) {
      const rows = await rowsOf(db, options, { include_docs: true });
      return rows.map((row) => row.doc as T & Stored);
    },

    async ids(db, options) {
      return (await rowsOf(db, options, {})).map((row) => row.id);
    },

    async view<T>(db: string, ddoc: string, view: string, options: Parameters<Couch['view']>[3] = {}) {
      const { key, startkey, endkey, descending, limit, includeDocs } = options;
      const { total_rows, rows } = await request<{ total_rows: number; rows: Row[] }>({
        db,
        path: `_design/${encodeURIComponent(ddoc)}/_view/${encodeURIComponent(view)}`,
        query: {
          key,
          startkey,
          endkey,
          descending,
          limit,
          include_docs: includeDocs,
        },
      });
      return { totalRows: total_rows, rows: rows.map(toViewRow<T>) };
    },

    attachment: (db, id, name, options = {}) => openAttachment(address, db, id, name, options),

    async info(db) {
      try {
        const answer = await request<{ doc_count: number; update_seq: string | number }>({ db });
        return { docCount: answer.doc_count, updateSeq: String(answer.update_seq) };
      } catch (error) {
        if (isCouchError(error, 'NOT_FOUND')) return undefined;
        throw error;
      }
    },

    async changes<T>(db: string, { since, limit }: { since: string; limit: number }) {
      const answer = await request<{
        last_seq: string | number;
        pending: number;
        results: { id: string; deleted?: boolean; doc?: Stored | null }[];
      }>({ db, path: '_changes', query: { since, limit, include_docs: true } });
      return {
        lastSeq: String(answer.last_seq),
        pending: answer.pending,
        docs: answer.results.filter((c) => !c.deleted && c.doc).map((c) => c.doc as T & Stored),
        deleted: answer.results.filter((c) => c.deleted).map((c) => c.id),
      };
    },
  };
}

function toViewRow<T>({ id, key, value, doc }: Row): ViewRow<T> {
  return doc ? { id, key, value, doc: doc as T & Stored } : { id, key, value };
}
