import { collate } from './collate.ts';
import type { Database } from './databases.ts';
import {
  type Answer,
  asObject,
  badRequest,
  HttpError,
  json,
  notFound,
  notImplemented,
  type Request,
} from './http.ts';
import { LIMITS } from './limits.ts';
import { createViewIndex, type ViewIndex, type ViewRow } from './view-index.ts';

/** Indexes of views, in memory, built when first asked and brought up to date at each query. */
export interface Views {
  /** `GET` and `POST /db/_design/<ddoc>/_view/<view>` */
  answer(db: Database, ddoc: string, view: string, request: Request): Promise<Answer>;
}

export function createViews(): Views {
  const indexes = new Map<string, ViewIndex>(); // in order of last use

  function indexOf(db: Database, map: string): ViewIndex {
    const key = `${db.name} ${db.instance} ${map}`;
    const index = indexes.get(key) ?? createViewIndex(db.storage, map);
    indexes.delete(key);
    indexes.set(key, index);
    const oldest = indexes.size > LIMITS.viewIndexes ? indexes.keys().next() : undefined;
    if (oldest && !oldest.done) indexes.delete(oldest.value);
    return index;
  }

  return {
    async answer(db, ddoc, view, request) {
      const { map, reduce } = await definition(db, ddoc, view);
      const query = await readQuery(request);
      const all = await indexOf(db, map).rows();
      if (isReduced(request, reduce)) {
        const rows = select(all, { ...query, limit: Number.POSITIVE_INFINITY, skip: 0 });
        return json({ rows: rows.rows.length === 0 ? [] : [{ key: null, value: rows.rows.length }] });
      }
      const { rows, offset } = select(all, query);
      const shown = request.query.flag('include_docs') ? await withDocs(db, rows) : rows;
      return json({ total_rows: all.length, offset, rows: shown });
    },
  };
}

async function definition(
  db: Database,
  ddoc: string,
  view: string,
): Promise<{ map: string; reduce: unknown }> {
  const doc = await db.storage.get(`_design/${ddoc}`);
  if (!doc) throw notFound();
  const views = doc.views;
  const found = typeof views === 'object' && views !== null && Object.hasOwn(views, view);
  const { map, reduce } = (found ? (views as Record<string, unknown>)[view] : {}) as Record<string, unknown>;
  if (typeof map !== 'string') throw notFound('missing_named_view');
  return { map, reduce };
}

/** Of reductions there is `_count` over the whole range, because nothing else is asked for. */
function isReduced({ query }: Request, reduce: unknown): boolean {
  const isAsked = query.text('reduce') === undefined ? reduce !== undefined : query.flag('reduce');
  const isGrouped = query.flag('group') || query.text('group_level') !== undefined;
  const parseError = (reason: string) => new HttpError(400, 'query_parse_error', reason);
  if (reduce === undefined && isAsked) throw parseError('Reduce is invalid for map-only views.');
  if (reduce === undefined && isGrouped) throw parseError('Invalid use of grouping on a map view.');
  if (isAsked && (isGrouped || reduce !== '_count'))
    throw notImplemented('Grouping, and any reduction but _count,');
  return isAsked;
}

interface ViewQuery {
  keys: unknown[] | undefined;
  start: unknown;
  end: unknown;
  inclusiveEnd: boolean;
  descending: boolean;
  limit: number;
  skip: number;
}

async function readQuery(request: Request): Promise<ViewQuery> {
  const { query } = request;
  const body =
    request.method === 'POST'
      ? asObject(await request.json({ typed: true }), 'Request body must be a JSON object')
      : {};
  const keys = body.keys ?? query.value('keys');
  if (keys !== undefined && !Array.isArray(keys)) throw badRequest('`keys` member must be an array.');
  const key = query.value('key');
  const [start, end] = [query.value('startkey', 'start_key') ?? key, query.value('endkey', 'end_key') ?? key];
  const descending = query.flag('descending');
  if (start !== undefined && end !== undefined && collate(start, end) * (descending ? -1 : 1) > 0) {
    const reason =
      'No rows can match your key range, reverse your start_key and end_key or set descending=' +
      `${!descending}`;
    throw new HttpError(400, 'query_parse_error', reason);
  }
  return {
    keys,
    start,
    end,
    inclusiveEnd: query.text('inclusive_end') === undefined || query.flag('inclusive_end'),
    descending,
    limit: query.count('limit') ?? Number.POSITIVE_INFINITY,
    skip: query.count('skip') ?? 0,
  };
}

function select(all: readonly ViewRow[], query: ViewQuery): { rows: ViewRow[]; offset: number } {
  const { keys, start, end, inclusiveEnd, descending, limit, skip } = query;
  if (keys) {
    const rows = keys.flatMap((key) => all.slice(firstAt(all, key, false), firstAt(all, key, true)));
    return { rows: rows.slice(skip, skip + limit), offset: 0 };
  }
  const [low, high] = descending ? [end, start] : [start, end];
  const from = low === undefined ? 0 : firstAt(all, low, descending && !inclusiveEnd);
  const to = high === undefined ? all.length : firstAt(all, high, descending || inclusiveEnd);
  const range = all.slice(from, Math.max(from, to));
  if (descending) range.reverse();
  return {
    rows: range.slice(skip, skip + limit),
    offset: (descending ? all.length - to : from) + Math.min(skip, range.length),
  };
}

/** Index of the first row whose key is not below `key` (or, `after` it, is above). */
function firstAt(rows: readonly ViewRow[], key: unknown, after: boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = collate(rows[middle]?.key, key);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function withDocs(db: Database, rows: ViewRow[]): Promise<object[]> {
  const ids = [...new Set(rows.map((row) => row.id))];
  const found = await db.storage.allDocs({ keys: ids, include_docs: true });
  const docs = new Map(found.rows.map((row) => [row.key, row.doc ?? null]));
  return rows.map((row) => ({ ...row, doc: docs.get(row.id) ?? null }));
}
