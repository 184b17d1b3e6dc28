import type { Database } from './databases.ts';
import { revisionGiven, written } from './documents.ts';
import { type Answer, conflict, HttpError, matchesEtag, notFound, type Request } from './http.ts';
import { checkAttachmentName, checkContentType, type Incoming, parseRev } from './incoming.ts';
import { LIMITS } from './limits.ts';
import type { StoredDoc } from './storage.ts';
import { writeDocument } from './write.ts';

/** `GET` and `HEAD /db/doc/attachment`, whole, in part (`Range`), or not at all (`If-None-Match`). */
export async function getAttachment(
  db: Database,
  id: string,
  name: string,
  request: Request,
): Promise<Answer> {
  const rev = request.query.text('rev');
  if (rev !== undefined) parseRev(rev);
  const doc = await db.storage.get(id, { rev });
  if (!doc) throw notFound();
  const attachment = attachmentOf(doc, name);
  if (!attachment) throw notFound('Document is missing attachment');
  const etag = `"${attachment.digest.replace(/^md5-/, '')}"`;
  const headers = {
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'must-revalidate',
    'Content-Type': attachment.content_type,
    // An attachment is somebody else's content: a browser must not run it as ours.
    'Content-Security-Policy': 'sandbox',
  };
  if (matchesEtag(request.headers, etag)) return { status: 304, headers };
  const range = parseRange(request.headers.range, attachment.length);
  if (range === 'unsatisfiable') {
    throw new HttpError(416, 'requested_range_not_satisfiable', 'Requested range not satisfiable');
  }
  const length = range ? range.to - range.from + 1 : attachment.length;
  const withLength = { ...headers, 'Content-Length': String(length) };
  const bytes = request.method === 'HEAD' ? undefined : await db.storage.attachment(attachment);
  if (!range) return { status: 200, headers: withLength, body: bytes };
  return {
    status: 206,
    headers: { ...withLength, 'Content-Range': `bytes ${range.from}-${range.to}/${attachment.length}` },
    body: bytes?.subarray(range.from, range.to + 1),
  };
}

const attachmentOf = (doc: StoredDoc, name: string) =>
  Object.hasOwn(doc._attachments ?? {}, name) ? doc._attachments?.[name] : undefined;

/** One range of bytes; undefined (send everything) when there is none, it is malformed, or there are several. */
function parseRange(
  header: string | undefined,
  length: number,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const m = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (!m || (m[1] === '' && m[2] === '')) return undefined;
  const from = m[1] === '' ? Math.max(0, length - Number(m[2])) : Number(m[1]);
  const to = m[1] === '' || m[2] === '' ? length - 1 : Math.min(Number(m[2]), length - 1);
  return from >= length || from > to ? 'unsatisfiable' : { from, to };
}

/** `PUT /db/doc/attachment?rev=…`: a new revision with this attachment beside the others. */
export async function putAttachment(
  db: Database,
  id: string,
  name: string,
  request: Request,
): Promise<Answer> {
  const contentType = checkContentType(request.headers['content-type'] ?? 'application/octet-stream');
  checkAttachmentName(name);
  const data = await request.bytes(LIMITS.attachmentBytes);
  const doc = await nextRevision(db, id, revisionGiven(request));
  doc.attachments.set(name, { kind: 'bytes', contentType, data });
  const { rev } = await writeDocument(db, doc, { newEdits: true, user: request.user });
  return written(id, rev, 201);
}

/** `DELETE /db/doc/attachment?rev=…` */
export async function deleteAttachment(
  db: Database,
  id: string,
  name: string,
  request: Request,
): Promise<Answer> {
  const doc = await nextRevision(db, id, revisionGiven(request));
  if (!doc.attachments.delete(name)) throw notFound('Document is missing attachment');
  const { rev } = await writeDocument(db, doc, { newEdits: true, user: request.user });
  return written(id, rev, 200);
}

/** The document as it is at `rev`, as the beginning of its next revision; a new one without `rev`. */
async function nextRevision(db: Database, id: string, rev: string | undefined): Promise<Incoming> {
  if (rev === undefined) {
    return { id, history: { start: 0, ids: [] }, deleted: false, body: {}, attachments: new Map() };
  }
  const { pos, hash } = parseRev(rev);
  const doc = await db.storage.get(id, { rev });
  if (!doc) throw conflict();
  const body = Object.fromEntries(Object.entries(doc).filter(([field]) => !field.startsWith('_')));
  const names = Object.keys(doc._attachments ?? {});
  return {
    id,
    history: { start: pos, ids: [hash] },
    deleted: false,
    body,
    attachments: new Map(names.map((name) => [name, { kind: 'stub' }])),
  };
}
