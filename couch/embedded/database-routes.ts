import { randomBytes } from 'node:crypto';
import { allDocs } from './all-docs.ts';
import { deleteAttachment, getAttachment, putAttachment } from './attachments.ts';
import { bulkDocs, bulkGet, missingRevs, revsDiff } from './bulk.ts';
import { changes } from './changes.ts';
import type { Database } from './databases.ts';
import { deleteDocument, getDocument, postDocument, putDocument } from './documents.ts';
import { type Answer, HttpError, json, notFound, notImplemented, type Request } from './http.ts';
import { parseId } from './incoming.ts';
import { deleteLocal, getLocal, putLocal } from './local.ts';
import { demandDatabaseAdmin, isDatabaseAdmin, parseSecurity } from './security.ts';
import { formatSequence } from './sequence.ts';
import type { Views } from './views.ts';

export type Methods = Record<string, () => Promise<Answer>>;

/** The one of these methods that was asked for; HEAD is GET without a body. 405 for any other. */
export function byMethod(method: string, methods: Methods): Promise<Answer> {
  const wanted = method === 'HEAD' && !('HEAD' in methods) ? 'GET' : method;
  const handler = Object.hasOwn(methods, wanted) ? methods[wanted] : undefined;
  if (handler) return handler();
  const allowed = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  const list = allowed.sort().join(',');
  throw new HttpError(405, 'method_not_allowed', `Only ${list} allowed`, { Allow: list });
}

/** Parts of CouchDB that exist there and not here: refused as such instead of looking like a missing document. */
const NOT_HERE = new Set(
  (
    '_find _index _explain _purge _purged_infos _purged_infos_limit _revs_limit _shards _sync_shards _partition ' +
    '_design_docs _local_docs _temp_view _view_cleanup _search_cleanup _auto_purge'
  ).split(' '),
);

const newId = (): string => randomBytes(16).toString('hex');

/** Everything below `/db` except the database itself being made and removed. */
export function databaseRoutes({ views }: { views: Views }) {
  return function route(db: Database, request: Request): Promise<Answer> {
    const [, first, second, ...others] = request.path;
    if (first === undefined) {
      return byMethod(request.method, {
        GET: () => databaseInfo(db),
        POST: () => postDocument(db, request, newId),
      });
    }
    if (first === '_design' && second !== undefined) {
      if (others.length === 2 && others[0] === '_view') {
        const answer = () => views.answer(db, second, String(others[1]), request);
        return byMethod(request.method, { GET: answer, POST: answer });
      }
      if (others[0]?.startsWith('_')) throw notImplemented(others[0]);
      return documentRoute(db, `_design/${second}`, others, request);
    }
    if (first === '_local' && second !== undefined) {
      const id = parseId(`_local/${[second, ...others].join('/')}`);
      return byMethod(request.method, {
        GET: () => getLocal(db, id),
        PUT: () => putLocal(db, id, request),
        DELETE: () => deleteLocal(db, id),
      });
    }
    if (first.startsWith('_design/')) return documentRoute(db, first, request.path.slice(2), request);
    if (first.startsWith('_local/')) {
      return route(db, { ...request, path: [db.name, '_local', first.slice('_local/'.length)] });
    }
    if (first.startsWith('_') && second === undefined) return special(db, first, request);
    if (NOT_HERE.has(first)) throw notImplemented(first);
    return documentRoute(db, first, request.path.slice(2), request);
  };
}

function special(db: Database, name: string, request: Request): Promise<Answer> {
  const handlers: Record<string, Methods> = {
    _all_docs: { GET: () => allDocs(db, request), POST: () => allDocs(db, request) },
    _bulk_docs: { POST: () => bulkDocs(db, request, newId) },
    _bulk_get: { POST: () => bulkGet(db, request) },
    _revs_diff: { POST: () => revsDiff(db, request) },
    _missing_revs: { POST: () => missingRevs(db, request) },
    _changes: { GET: () => changes(db, request), POST: () => changes(db, request) },
    _security: { GET: async () => json(db.security), PUT: () => putSecurity(db, request) },
    _compact: { POST: () => compact(db, request) },
    _ensure_full_commit: {
      // Every write is on the disk before it is answered.
      POST: async () => json({ ok: true, instance_start_time: String(db.createdAt) }, 201),
    },
  };
  const methods = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (methods) return byMethod(request.method, methods);
  if (NOT_HERE.has(name)) throw notImplemented(name);
  if (request.method === 'GET' || request.method === 'HEAD') throw notFound();
  parseId(name); // reserved: it says so
  throw notFound();
}

function documentRoute(db: Database, id: string, rest: string[], request: Request): Promise<Answer> {
  if (rest.length === 0) {
    return byMethod(request.method, {
      GET: () => getDocument(db, id, request),
      PUT: () => putDocument(db, parseId(id), request),
      DELETE: () => deleteDocument(db, id, request),
    });
  }
  const name = rest.join('/'); // a name may have slashes, escaped or not
  return byMethod(request.method, {
    GET: () => getAttachment(db, id, name, request),
    PUT: () => putAttachment(db, parseId(id), name, request),
    DELETE: () => deleteAttachment(db, id, name, request),
  });
}

async function databaseInfo(db: Database): Promise<Answer> {
  const { docs, seq } = await db.storage.info();
  return json({
    instance_start_time: String(db.createdAt),
    db_name: db.name,
    update_seq: formatSequence(seq, db.instance),
    purge_seq: 0,
    doc_count: docs,
    compact_running: false,
    props: {},
    cluster: { q: 1, n: 1, w: 1, r: 1 },
  });
}

async function putSecurity(db: Database, request: Request): Promise<Answer> {
  demandDatabaseAdmin(db.security, request.user);
  await db.setSecurity(parseSecurity(await request.json()));
  return json({ ok: true });
}

/** Older revisions go as soon as there is a newer one, so there is nothing left to compact. */
async function compact(db: Database, request: Request): Promise<Answer> {
  if (!isDatabaseAdmin(db.security, request.user)) {
    throw new HttpError(401, 'unauthorized', 'You are not a server or db admin.');
  }
  await request.json({ typed: true }).catch((error) => {
    if (!(error instanceof HttpError) || error.status === 415) throw error; // the body itself means nothing
  });
  return json({ ok: true }, 202);
}
