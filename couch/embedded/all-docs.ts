import type { Database } from './databases.ts';
import { type Answer, asObject, badRequest, json, type Request } from './http.ts';
import type { AllDocsOptions, AllDocsRow } from './storage.ts';

/** `GET` and `POST /db/_all_docs`: a range of ids, or the ids asked for in their order. */
export async function allDocs(db: Database, request: Request): Promise<Answer> {
  const { query } = request;
  const keys = await readKeys(request);
  const options: AllDocsOptions = {
    include_docs: query.flag('include_docs'),
    conflicts: query.flag('conflicts'),
    attachments: query.flag('attachments'),
    descending: query.flag('descending'),
  };
  if (keys) return json(await byKeys(db, keys, options));
  const key = textOf(query.value('key'));
  const startkey = textOf(query.value('startkey', 'start_key')) ?? key;
  const endkey = textOf(query.value('endkey', 'end_key')) ?? key;
  const [limit, skip] = [query.count('limit'), query.count('skip')];
  if (startkey !== undefined) options.startkey = startkey;
  if (endkey !== undefined) options.endkey = endkey;
  if (query.text('inclusive_end') !== undefined) options.inclusive_end = query.flag('inclusive_end');
  if (skip !== undefined) options.skip = skip;
  if (limit !== undefined) options.limit = limit;
  if (isEmpty(options)) {
    const { docs } = await db.storage.info();
    return json({ total_rows: docs, offset: docs, rows: [] });
  }
  const { total_rows, offset, rows } = await db.storage.allDocs(options);
  return json({ total_rows, offset, rows });
}

/** PouchDB throws where the range is the wrong way round; CouchDB finds nothing in it. */
function isEmpty({ startkey, endkey, descending }: AllDocsOptions): boolean {
  if (startkey === undefined || endkey === undefined) return false;
  const order = Buffer.compare(Buffer.from(startkey), Buffer.from(endkey));
  return descending ? order < 0 : order > 0;
}

async function byKeys(db: Database, keys: unknown[], options: AllDocsOptions): Promise<object> {
  const texts = keys.filter((key) => typeof key === 'string');
  const { total_rows, rows } = await db.storage.allDocs({ ...options, keys: texts });
  const found = new Map<unknown, AllDocsRow>(rows.map((row) => [row.key, row]));
  return {
    total_rows,
    offset: null,
    rows: keys.map((key) => {
      const row = found.get(key);
      return row && !row.error ? row : { key, error: 'not_found' };
    }),
  };
}

async function readKeys(request: Request): Promise<unknown[] | undefined> {
  let keys = request.query.value('keys');
  if (request.method === 'POST') {
    const body = asObject(await request.json({ typed: true }), 'Request body must be a JSON object');
    keys = body.keys ?? keys;
  }
  if (keys === undefined || Array.isArray(keys)) return keys;
  throw badRequest('`keys` body member must be an array.');
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw badRequest('ids are text');
}
