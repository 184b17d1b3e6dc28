import type { Database } from './databases.ts';
import { demandRevision } from './documents.ts';
import { type Answer, asObject, badRequest, json, jsonStream, type Request } from './http.ts';
import { parseDocument, parseRev } from './incoming.ts';
import { LIMITS } from './limits.ts';
import { isKnown, splitRev } from './revision-tree.ts';
import type { ReadOptions } from './storage.ts';
import { writeDocuments } from './write.ts';

/** `POST /db/_bulk_docs`: in order, each with its own result; with `new_edits: false` only refusals are told. */
export async function bulkDocs(db: Database, request: Request, newId: () => string): Promise<Answer> {
  const body = asObject(
    await request.json({ typed: true, limit: LIMITS.requestBytes }),
    'Request body must be a JSON object',
  );
  if (body.docs === undefined) throw badRequest('POST body must include `docs` parameter.');
  if (!Array.isArray(body.docs)) throw badRequest('`docs` parameter must be an array.');
  const newEdits = body.new_edits !== false;
  const docs = body.docs.map((value) => {
    const doc = parseDocument(isObject(value) && !('_id' in value) ? { _id: newId(), ...value } : value);
    if (!newEdits) demandRevision(doc);
    return doc;
  });
  const results = await writeDocuments(db, docs, { newEdits, user: request.user });
  return json(
    results.flatMap((result): object[] => {
      if ('error' in result) {
        const { id, rev, error } = result;
        return [{ id, ...(rev ? { rev } : {}), error: error.error, reason: error.message }];
      }
      return newEdits ? [{ ok: true, ...result }] : [];
    }),
    201,
  );
}

/** `POST /db/_bulk_get`: streamed, because a hundred photos in base64 would not fit one string. */
export async function bulkGet(db: Database, request: Request): Promise<Answer> {
  const body = asObject(await request.json({ typed: true }), 'Request body must be a JSON object');
  if (!Array.isArray(body.docs)) throw badRequest("Missing JSON list of 'docs'.");
  const docs: unknown[] = body.docs;
  const options: ReadOptions = {
    revs: request.query.flag('revs'),
    latest: request.query.flag('latest'),
    attachments: request.query.flag('attachments'),
  };
  async function* answer(): AsyncGenerator<string> {
    let separator = '{"results":[';
    for (const asked of docs) {
      yield `${separator}${JSON.stringify(await getOne(db, asked, options))}`;
      separator = ',';
    }
    yield docs.length === 0 ? '{"results":[]}\n' : ']}\n';
  }
  return jsonStream(answer());
}

async function getOne(db: Database, asked: unknown, options: ReadOptions): Promise<object> {
  const { id, rev } = isObject(asked) ? asked : {};
  if (typeof id !== 'string') {
    const reason = 'document must be a JSON object';
    return { id: null, docs: [{ error: { id: null, rev: null, error: 'bad_request', reason } }] };
  }
  if (rev === undefined) {
    // As CouchDB: every leaf, deleted ones too.
    const leaves = await db.storage.revisions(id, 'all', options);
    if (leaves.length > 0) return { id, docs: leaves };
    return { id, docs: [missing(id, 'undefined')] };
  }
  try {
    parseRev(rev);
  } catch {
    return { id, docs: [{ error: { id, rev, error: 'bad_request', reason: 'Invalid rev format' } }] };
  }
  const found = await db.storage.revisions(id, [rev as string], options);
  return { id, docs: found.map((one) => ('ok' in one ? one : missing(id, one.missing))) };
}

const missing = (id: string, rev: string): object => ({
  error: { id, rev, error: 'not_found', reason: 'missing' },
});

/** `POST /db/_revs_diff`: which of these revisions are not here, and what stands before them. */
export async function revsDiff(db: Database, request: Request): Promise<Answer> {
  const diff = await missingOf(db, await readRevisions(request));
  return json(
    Object.fromEntries(
      diff.map(({ id, missing, ancestors }) => [
        id,
        { missing, ...(ancestors.length > 0 ? { possible_ancestors: ancestors } : {}) },
      ]),
    ),
  );
}

/** `POST /db/_missing_revs`: the same in the older form. */
export async function missingRevs(db: Database, request: Request): Promise<Answer> {
  const diff = await missingOf(db, await readRevisions(request));
  return json({ missing_revs: Object.fromEntries(diff.map(({ id, missing }) => [id, missing])) });
}

async function missingOf(db: Database, asked: Record<string, string[]>) {
  const diff: { id: string; missing: string[]; ancestors: string[] }[] = [];
  for (const [id, revs] of Object.entries(asked)) {
    const leaves = await db.storage.leaves(id);
    const missing = revs.filter((rev) => !isKnown(leaves, rev));
    if (missing.length === 0) continue;
    const newest = Math.max(...missing.map((rev) => splitRev(rev).pos));
    const ancestors = leaves.map((leaf) => leaf.rev).filter((rev) => splitRev(rev).pos < newest);
    diff.push({ id, missing, ancestors });
  }
  return diff;
}

async function readRevisions(request: Request): Promise<Record<string, string[]>> {
  const body = asObject(await request.json({ typed: true }), 'Request body must be a JSON object');
  for (const revs of Object.values(body)) {
    if (!Array.isArray(revs)) throw badRequest('Revisions must be a list');
    for (const rev of revs) parseRev(rev);
  }
  return body as Record<string, string[]>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
