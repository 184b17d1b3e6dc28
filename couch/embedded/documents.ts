import type { Database } from './databases.ts';
import {
  type Answer,
  accepts,
  asObject,
  badRequest,
  json,
  matchesEtag,
  notFound,
  type Request,
} from './http.ts';
import { type Incoming, parseDocument, parseRev } from './incoming.ts';
import { LIMITS } from './limits.ts';
import { readMultipartDocument } from './multipart.ts';
import { mixedAnswer, relatedAnswer } from './multipart-answer.ts';
import type { ReadOptions } from './storage.ts';
import { writeDocument } from './write.ts';

/** `GET /db/doc`, with its revisions, conflicts and attachments as asked. */
export async function getDocument(db: Database, id: string, request: Request): Promise<Answer> {
  const { query, headers } = request;
  const attachments = query.flag('attachments');
  const options: ReadOptions = {
    revs: query.flag('revs'),
    revs_info: query.flag('revs_info'),
    conflicts: query.flag('conflicts'),
    latest: query.flag('latest'),
  };
  const openRevs = query.text('open_revs');
  if (openRevs !== undefined) return getOpenRevs(db, id, openRevs, { request, options, attachments });

  const rev = query.text('rev');
  if (rev !== undefined) parseRev(rev);
  const doc = await db.storage.get(id, { ...options, rev });
  if (!doc)
    throw notFound((await db.storage.leaves(id)).length > 0 && rev === undefined ? 'deleted' : 'missing');
  if (attachments && doc._attachments) {
    if (accepts(headers, 'multipart/related')) return relatedAnswer(db.storage, doc);
    return json(await db.storage.get(id, { ...options, rev: doc._rev, attachments }));
  }
  // Only what depends on nothing but the revision has it for a tag.
  const etag = `"${doc._rev}"`;
  const isPlain = !Object.values(options).includes(true);
  if (isPlain && matchesEtag(headers, etag)) return { status: 304, headers: { ETag: etag } };
  return json(doc, 200, isPlain ? { ETag: etag } : {});
}

async function getOpenRevs(
  db: Database,
  id: string,
  openRevs: string,
  { request, options, attachments }: { request: Request; options: ReadOptions; attachments: boolean },
): Promise<Answer> {
  const asMultipart = accepts(request.headers, 'multipart/mixed');
  const read = { ...options, attachments: attachments && !asMultipart };
  let revs: unknown = 'all';
  if (openRevs !== 'all') {
    revs = request.query.value('open_revs');
    if (!Array.isArray(revs)) throw badRequest('open_revs must be "all" or a list of revisions');
    for (const rev of revs) parseRev(rev);
  }
  const revisions = await db.storage.revisions(id, revs as string[] | 'all', read);
  return asMultipart ? mixedAnswer(db.storage, revisions) : json(revisions);
}

/** `PUT /db/doc`: JSON, or `multipart/related` with the attachments' bytes. */
export async function putDocument(db: Database, id: string, request: Request): Promise<Answer> {
  const doc = await readDocument(id, request);
  const newEdits = request.query.text('new_edits') !== 'false';
  if (newEdits) addRevision(doc, revisionGiven(request));
  else demandRevision(doc);
  const { rev } = await writeDocument(db, doc, { newEdits, user: request.user });
  return written(id, rev, doc.deleted ? 200 : 201);
}

async function readDocument(id: string, request: Request): Promise<Incoming> {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/related\b/i.test(type)) return parseDocument(await request.json(), id);
  return readMultipartDocument(request.stream(LIMITS.requestBytes), type, id);
}

/** `POST /db`: a document whose id may be the server's to choose. */
export async function postDocument(db: Database, request: Request, newId: () => string): Promise<Answer> {
  const body = asObject(await request.json({ typed: true }), 'Document must be a JSON object');
  const doc = parseDocument({ _id: newId(), ...body });
  const { id, rev } = await writeDocument(db, doc, { newEdits: true, user: request.user });
  return written(id, rev, 201);
}

/** `DELETE /db/doc?rev=…` */
export async function deleteDocument(db: Database, id: string, request: Request): Promise<Answer> {
  if ((await db.storage.leaves(id)).length === 0) throw notFound();
  const doc = parseDocument({ _deleted: true }, id);
  addRevision(doc, revisionGiven(request));
  const { rev } = await writeDocument(db, doc, { newEdits: true, user: request.user });
  return written(id, rev, 200);
}

export const written = (id: string, rev: string, status: number): Answer =>
  json({ ok: true, id, rev }, status, { ETag: `"${rev}"` });

/** The revision in `?rev=` or `If-Match`. */
export function revisionGiven({ query, headers }: Request): string | undefined {
  return query.text('rev') ?? headers['if-match']?.replaceAll('"', '');
}

function addRevision(doc: Incoming, rev: string | undefined): void {
  if (rev === undefined) return;
  const { pos, hash } = parseRev(rev);
  if (doc.history.ids.length === 0) doc.history = { start: pos, ids: [hash] };
  else if (`${doc.history.start}-${doc.history.ids[0]}` !== rev) {
    throw badRequest('Document rev from request body and query string have different values');
  }
}

/** A replicated revision names itself. */
export function demandRevision(doc: Incoming): void {
  if (doc.history.ids.length > 0) return;
  throw badRequest('When `new_edits: false`, the document needs `_rev` or `_revisions` specified');
}
