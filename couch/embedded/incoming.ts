import { badRequest, HttpError } from './http.ts';
import { LIMITS } from './limits.ts';

/** A revision as a client sends it, taken apart and checked, before anything is looked up. */
export interface Incoming {
  id: string;
  /** The revision and its ancestors, newest first; empty for a new document. */
  history: { start: number; ids: string[] };
  deleted: boolean;
  /** The document's own fields. */
  body: Record<string, unknown>;
  attachments: Map<string, IncomingAttachment>;
}

export type IncomingAttachment =
  /** The one of this name that the revision before has. */
  | { kind: 'stub' }
  | (AttachmentFacts & { kind: 'bytes'; data: Buffer })
  /** Its bytes come in another part of the request. */
  | (AttachmentFacts & { kind: 'follows'; length: number | undefined });

interface AttachmentFacts {
  contentType: string;
  /** The digest the client claims; only a multipart request may, as in CouchDB. */
  claimed?: string | undefined;
  revpos?: number | undefined;
}

/** Members that CouchDB gives out with a document and therefore takes back, unread. */
const IGNORED = new Set([
  '_revs_info',
  '_conflicts',
  '_deleted_conflicts',
  '_local_seq',
  '_replication_id',
  '_replication_state',
  '_replication_state_time',
  '_replication_state_reason',
  '_replication_stats',
]);
const READ = new Set(['_id', '_rev', '_revisions', '_deleted', '_attachments']);

/** Throws 400 when it is no document. */
export function parseDocument(value: unknown, id?: string): Incoming {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('Document must be a JSON object');
  }
  const given = value as Record<string, unknown>;
  const body: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(given)) {
    if (!name.startsWith('_')) body[name] = field;
    else if (!READ.has(name) && !IGNORED.has(name)) throw badMember(name);
  }
  return {
    id: parseId(id ?? given._id),
    history: parseHistory(given._revisions, given._rev),
    deleted: given._deleted === true,
    body,
    attachments: parseAttachments(given._attachments),
  };
}

const badMember = (name: string): HttpError =>
  new HttpError(400, 'doc_validation', `Bad special document member: ${name}`);

/** The id of a document that can be stored: 400 for one that is reserved or no text. */
export function parseId(id: unknown): string {
  const illegal = (reason: string) => new HttpError(400, 'illegal_docid', reason);
  if (typeof id !== 'string') throw illegal('Document id must be a string');
  if (id === '') throw illegal('Document id must not be empty');
  if (/\p{Surrogate}/u.test(id)) throw illegal('Document id must be valid UTF-8');
  if (id.startsWith('_') && !/^_(design|local)\/./s.test(id)) {
    throw illegal('Only reserved document ids may start with underscore.');
  }
  return id;
}

const REV = /^([1-9]\d{0,8})-([^\s"]{1,128})$/;

/** A revision's text, or 400. */
export function parseRev(rev: unknown): { pos: number; hash: string } {
  const m = typeof rev === 'string' ? REV.exec(rev) : null;
  if (!m) throw badRequest('Invalid rev format');
  return { pos: Number(m[1]), hash: m[2] as string };
}

function parseHistory(revisions: unknown, rev: unknown): Incoming['history'] {
  if (revisions !== undefined) {
    const { start, ids } = (revisions ?? {}) as { start?: unknown; ids?: unknown };
    if (!Number.isInteger(start) || !Array.isArray(ids) || ids.length === 0 || ids.length > Number(start)) {
      throw new HttpError(400, 'doc_validation', '_revisions needs a start and that many ids at most');
    }
    for (const hash of ids) parseRev(`${start}-${String(hash)}`);
    return { start: start as number, ids: (ids as string[]).slice(0, LIMITS.revisions) };
  }
  if (rev === undefined) return { start: 0, ids: [] };
  const { pos, hash } = parseRev(rev);
  return { start: pos, ids: [hash] };
}

function parseAttachments(value: unknown): Map<string, IncomingAttachment> {
  if (value === undefined) return new Map();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badMember('_attachments');
  return new Map(
    Object.entries(value).map(([name, facts]) => [checkAttachmentName(name), parseAttachment(name, facts)]),
  );
}

/** The name of an attachment that can be stored, or 400. */
export function checkAttachmentName(name: string): string {
  if (name.startsWith('_')) {
    throw badRequest(`Attachment name '${name}' starts with prohibited character '_'`);
  }
  if (name === '' || /\p{Surrogate}/u.test(name)) throw badRequest('Attachment name is not UTF-8 encoded');
  return name;
}

function parseAttachment(name: string, value: unknown): IncomingAttachment {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (given.stub === true) return { kind: 'stub' };
  const type = given.content_type;
  const revpos = given.revpos;
  const facts = {
    contentType: typeof type === 'string' ? checkContentType(type) : 'application/octet-stream',
    revpos: Number.isInteger(revpos) && Number(revpos) >= 0 ? Number(revpos) : undefined,
  };
  if (given.follows === true) {
    const { digest, length } = given;
    return {
      ...facts,
      kind: 'follows',
      claimed: typeof digest === 'string' ? digest : undefined,
      length: Number.isInteger(length) && Number(length) >= 0 ? Number(length) : undefined,
    };
  }
  const { data } = given;
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 !== 0) {
    throw badRequest(`Invalid attachment data for ${name}`);
  }
  return { ...facts, kind: 'bytes', data: Buffer.from(data, 'base64') };
}

/** A content type is sent back as a header: 400 for one that could not be. */
export function checkContentType(type: string): string {
  if (!/^[\x20-\x7e]{1,255}$/.test(type)) throw badRequest('Invalid content type');
  return type;
}
