import type { Database } from './databases.ts';
import { feedBody, readFeedOptions } from './feed-body.ts';
import { type Answer, asObject, badRequest, jsonStream, notImplemented, type Request } from './http.ts';
import { formatSequence, parseSequence } from './sequence.ts';
import type { ChangesOptions } from './storage.ts';

/** `GET` and `POST /db/_changes`: once, or waiting for the next one (longpoll), or for ever (continuous). */
export async function changes(db: Database, request: Request): Promise<Answer> {
  const { query } = request;
  const options: Omit<ChangesOptions, 'since' | 'limit'> = {
    include_docs: query.flag('include_docs'),
    conflicts: query.flag('conflicts'),
    attachments: query.flag('attachments'),
    descending: query.flag('descending'),
    style: query.text('style') === 'all_docs' ? 'all_docs' : 'main_only',
    ...(await readDocIds(request)),
  };
  const sequence = (seq: number): string => formatSequence(seq, db.instance);
  const since = await parseSequence(
    query.text('since'),
    db.instance,
    async () => (await db.storage.info()).seq,
  );
  return jsonStream(
    feedBody({
      ...readFeedOptions(query),
      since,
      sequence,
      feed: db.changes,
      signal: AbortSignal.any([request.signal, db.ended]),
      lastSequence: async () => (await db.storage.info()).seq,
      async read(from, limit) {
        const results = await db.storage.changes({ ...options, since: from, limit });
        return results.map(({ seq, ...change }) => ({ seq, row: { seq: sequence(seq), ...change } }));
      },
      pageable: !options.descending,
    }),
  );
}

async function readDocIds(request: Request): Promise<{ doc_ids?: string[] }> {
  const filter = request.query.text('filter');
  const body =
    request.method === 'POST'
      ? asObject(await request.json({ typed: true }), 'Request body must be a JSON object')
      : {};
  if (filter === undefined) return {};
  if (filter !== '_doc_ids') throw notImplemented(`The filter ${filter}`);
  const ids = request.query.value('doc_ids') ?? body.doc_ids;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string')) {
    throw badRequest('`doc_ids` filter parameter is not a list of doc ids.');
  }
  return { doc_ids: ids };
}
