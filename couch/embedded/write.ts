import { createHash, randomBytes } from 'node:crypto';
import { uncopied } from '../leveldb.ts';
import type { Database } from './databases.ts';
import { conflict, HttpError, type UserContext } from './http.ts';
import type { Incoming, IncomingAttachment } from './incoming.ts';
import { LIMITS } from './limits.ts';
import { isKnown, type Leaf } from './revision-tree.ts';
import { demandDatabaseAdmin } from './security.ts';
import type { StoredAttachment, StoredDoc } from './storage.ts';

export type WriteResult =
  | { id: string; rev: string }
  | { id: string; rev: string | undefined; error: HttpError };

/** A revision that may be stored, with everything decided. */
interface Accepted {
  id: string;
  rev: string;
  /** Undefined when the database has this very revision already. */
  doc?: object;
}

/** The revision before it (for validators and stubs) and the new one with its ancestors. */
interface Plan {
  previous: Leaf | undefined;
  history: Incoming['history'];
}

/**
 * Writes documents as CouchDB does, in their order: conflicts, rights, attachment stubs, validators, digests,
 * then one synced batch. A refusal of one document is its result; a malformed one (a stub of nothing, too
 * large) throws and stores none of them.
 */
export async function writeDocuments(
  db: Database,
  docs: Incoming[],
  options: { newEdits: boolean; user: UserContext },
): Promise<WriteResult[]> {
  for (const doc of docs) await db.rules?.prepare(doc, options.user);
  for (const doc of docs) checkDigests(doc); // before the database is held: it takes a while, and needs nothing of it
  return db.write(async () => {
    const results: WriteResult[] = [];
    let batch: Accepted[] = [];
    for (const doc of docs) {
      if (batch.some(({ id }) => id === doc.id)) {
        await store(db, batch); // the next one must see the revision before it
        batch = [];
      }
      try {
        const accepted = await accept(db, doc, options);
        batch.push(accepted);
        results.push({ id: doc.id, rev: accepted.rev });
      } catch (error) {
        if (!(error instanceof HttpError) || error.status === 412 || error.status === 413) throw error;
        const rev = options.newEdits ? undefined : `${doc.history.start}-${doc.history.ids[0]}`;
        results.push({ id: doc.id, rev, error });
      }
    }
    await store(db, batch);
    return results;
  });
}

/** As {@link writeDocuments} for one document; a refusal throws. */
export async function writeDocument(
  db: Database,
  doc: Incoming,
  options: { newEdits: boolean; user: UserContext },
): Promise<{ id: string; rev: string }> {
  const [result] = await writeDocuments(db, [doc], options);
  if (!result) throw new Error('a written document has no result');
  if ('error' in result) throw result.error;
  return result;
}

async function store(db: Database, batch: Accepted[]): Promise<void> {
  const docs = batch.flatMap(({ doc }) => (doc ? [doc] : []));
  if (docs.length === 0) return;
  await db.storage.put(docs);
  for (const { id } of batch) db.rules?.stored(id);
  db.announce(batch.some(({ id }) => id.startsWith('_design/')));
}

async function accept(
  db: Database,
  doc: Incoming,
  { newEdits, user }: { newEdits: boolean; user: UserContext },
): Promise<Accepted> {
  const isDesign = doc.id.startsWith('_design/');
  if (isDesign) demandDatabaseAdmin(db.security, user);
  const leaves = await db.storage.leaves(doc.id);
  const plan = newEdits ? planEdit(leaves, doc) : planReplicated(leaves, doc);
  const rev = `${plan.history.start}-${plan.history.ids[0]}`;
  if (!newEdits && isKnown(leaves, rev)) return { id: doc.id, rev };
  const previous = plan.previous && (await db.storage.get(doc.id, { rev: plan.previous.rev, revs: true }));

  const base = newEdits ? doc.history : plan.history;
  const shown = {
    _id: doc.id,
    ...(base.ids.length > 0 ? { _rev: `${base.start}-${base.ids[0]}` } : {}),
    ...doc.body,
    ...(base.ids.length > 0 ? { _revisions: base } : {}),
    ...(doc.deleted ? { _deleted: true } : {}),
    ...attachmentsOf(doc, (name, attachment) => shownAttachment(doc.id, name, attachment, previous)),
  };
  if (!isDesign) {
    if (Buffer.byteLength(JSON.stringify(doc.body)) > LIMITS.documentBytes) {
      throw new HttpError(413, 'document_too_large', doc.id);
    }
    for (const validate of await db.validators()) {
      validate(shown, previous ?? null, { db: db.name, ...user }, db.security);
    }
  }
  const revpos = newEdits ? plan.history.start : undefined;
  return {
    id: doc.id,
    rev,
    doc: {
      ...doc.body,
      _id: doc.id,
      _rev: rev,
      _revisions: plan.history,
      ...(doc.deleted ? { _deleted: true } : {}),
      ...attachmentsOf(doc, (name, attachment) =>
        storedAttachment(doc.id, name, attachment, { previous, revpos }),
      ),
    },
  };
}

/** An edit extends the leaf it names, or begins a document that is not there (any more). */
function planEdit(leaves: Leaf[], doc: Incoming): Plan {
  const hash = randomBytes(16).toString('hex');
  const { start, ids } = doc.history;
  const winner = leaves[0];
  if (ids.length === 0) {
    if (!winner) return { previous: undefined, history: { start: 1, ids: [hash] } };
    if (!winner.deleted) throw conflict();
    return { previous: undefined, history: extend(winner, hash) };
  }
  // CouchDB takes an edit of a revision it never had when it has none at all: what follows is its child.
  if (!winner) return { previous: undefined, history: { start: start + 1, ids: [hash, ...ids] } };
  const leaf = leaves.find(({ rev }) => rev === `${start}-${ids[0]}`);
  if (!leaf) throw conflict();
  return { previous: leaf, history: extend(leaf, hash) };
}

function extend({ revisions: { start, ids } }: Leaf, hash: string): Incoming['history'] {
  return { start: start + 1, ids: [hash, ...ids] };
}

/** A replicated revision comes with its own history; before it stands the nearest ancestor that is a leaf. */
function planReplicated(leaves: Leaf[], doc: Incoming): Plan {
  const { start, ids } = doc.history;
  const ancestors = ids.slice(1).map((hash, i) => `${start - 1 - i}-${hash}`);
  const nearest = ancestors.find((rev) => leaves.some((leaf) => leaf.rev === rev));
  return { previous: leaves.find((leaf) => leaf.rev === nearest), history: doc.history };
}

function attachmentsOf(
  doc: Incoming,
  make: (name: string, attachment: IncomingAttachment) => object,
): { _attachments?: Record<string, object> } {
  if (doc.attachments.size === 0) return {};
  return { _attachments: Object.fromEntries([...doc.attachments].map(([name, a]) => [name, make(name, a)])) };
}

function stubOf(id: string, name: string, previous: StoredDoc | undefined): StoredAttachment {
  const stub = previous?._attachments?.[name];
  if (!stub) throw new HttpError(412, 'missing_stub', `Invalid attachment stub in ${id} for ${name}`);
  return stub;
}

/** What validators see: the digest of what is stored, or the one a multipart client claims; inline none. */
function shownAttachment(
  id: string,
  name: string,
  attachment: IncomingAttachment,
  previous: StoredDoc | undefined,
): object {
  if (attachment.kind === 'stub') return stubOf(id, name, previous);
  return {
    content_type: attachment.contentType,
    revpos: attachment.revpos ?? 0,
    ...(attachment.claimed === undefined ? {} : { digest: attachment.claimed }),
    length: attachment.kind === 'bytes' ? attachment.data.length : attachment.length,
    stub: true,
  };
}

function checkDigests(doc: Incoming): void {
  for (const [name, attachment] of doc.attachments) {
    if (attachment.kind !== 'bytes' || attachment.claimed === undefined) continue;
    const digest = `md5-${createHash('md5').update(attachment.data).digest('base64')}`;
    if (attachment.claimed !== digest) {
      throw new HttpError(
        400,
        'content_md5_mismatch',
        `The bytes of ${name} do not have the digest claimed.`,
      );
    }
  }
}

function storedAttachment(
  id: string,
  name: string,
  attachment: IncomingAttachment,
  { previous, revpos }: { previous: StoredDoc | undefined; revpos: number | undefined },
): object {
  if (attachment.kind === 'stub') return stubOf(id, name, previous);
  if (attachment.kind === 'follows') throw new HttpError(400, 'bad_request', `No bytes came for ${name}`);
  const { contentType, data } = attachment;
  return { content_type: contentType, revpos: revpos ?? attachment.revpos ?? 0, data: uncopied(data) };
}
