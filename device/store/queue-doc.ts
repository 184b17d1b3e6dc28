/** The documents of the queue as PouchDB keeps them: under revisions that are made of their content. */
import { createHash } from 'node:crypto';
import { uncopied } from '@photomaton/couch/leveldb';
import {
  digestOf,
  type EventId,
  type ExtraDoc,
  type PhotoDoc,
  type PreviewDoc,
} from '@photomaton/design-docs/docs';
import { attachmentOf as attachmentOfExtra, md5In } from './extras.ts';

/** A document as the server must hold it, word for word, before the booth lets go of its own. */
export interface QueuedDoc {
  id: string;
  rev: string;
  /** Where it goes, or went; absent: to whichever event the booth is at when it is sent. */
  event?: EventId;
  attachments: Record<string, { digest: string; length: number }>;
  verified: boolean;
}

interface Attachment {
  content_type: string;
  digest: string;
  length: number;
}
type Attachments = Record<string, Attachment>;
/** Nothing else is ever written in a segment (`_local` documents are not among its rows). */
export type QueueDoc = Stored<PhotoDoc> | Stored<PreviewDoc> | Stored<ExtraDoc>;
export type Stored<Doc> = Doc & { _rev: string; _attachments: Attachments };

export const attachmentOf = (data: Buffer, digest: string): Attachment => ({
  ...{ content_type: 'image/jpeg', digest, length: data.length },
});

export function attachmentsOfExtra(doc: ExtraDoc): Attachments {
  const { name, type } = attachmentOfExtra(doc);
  return { [name]: { content_type: type, digest: digestOf(md5In(doc)), length: doc.bytes } };
}

/**
 * The document under a revision made of its own content (as CouchDB makes one, though not the same): entered again
 * after a crash, or on the server already, it is the same revision and not a second one.
 */
export function withRevision<Doc extends { _id: string }>(doc: Doc, attachments: Attachments): Stored<Doc> {
  const _attachments = Object.fromEntries(
    Object.entries(attachments).map(([name, { content_type, digest, length }]) => {
      return [name, { content_type, digest, length }];
    }),
  );
  return { ...doc, _rev: revisionOf({ ...doc, _attachments }), _attachments };
}

/** As PouchDB takes it: with the bytes, or (`asStubs`) with the bytes that the database has already. */
export function withData(doc: Stored<{ _id: string }>, pictures: Record<string, Buffer>): object {
  const attachments = Object.entries(doc._attachments).map(([name, { content_type }]) => {
    const bytes = pictures[name];
    return [name, { content_type, data: bytes && uncopied(bytes) }];
  });
  return { ...doc, _attachments: Object.fromEntries(attachments) };
}

export function asStubs(doc: Stored<{ _id: string }>): object {
  const attachments = Object.entries(doc._attachments).map(([name, attachment]) => {
    return [name, { ...attachment, stub: true, revpos: 1 }];
  });
  return { ...doc, _attachments: Object.fromEntries(attachments) };
}

export function tombstone({ id, rev }: QueuedDoc): object {
  const first = rev.slice(2);
  const second = md5Of(Buffer.from(`${id} replaced`));
  return {
    ...{ _id: id, _rev: `2-${second}`, _deleted: true, _revisions: { start: 2, ids: [second, first] } },
  };
}

/** Writes documents under their own revisions, all of them or none. */
export async function putAll(db: PouchDB.Database, docs: object[]): Promise<void> {
  const [failure] = await db.bulkDocs(docs, { new_edits: false });
  if (failure) throw new Error('the queue did not take a document', { cause: failure });
}

/** PouchDB gives the fields of a document in the order in which they were written, its own at the end. */
export function revisionOf(doc: object & { _id: string; _attachments?: Attachments }): string {
  const { _id, _rev, _attachments = {}, ...fields } = doc as typeof doc & { _rev?: string };
  const attachments = Object.entries(_attachments).map(([name, { content_type, digest, length }]) => {
    return [name, { content_type, digest, length }];
  });
  const content = JSON.stringify([{ _id, ...fields }, Object.fromEntries(attachments)]);
  return `1-${md5Of(Buffer.from(content))}`;
}

export function queuedDoc(
  doc: Stored<{ _id: string }>,
  event: EventId | undefined,
  verified: ReadonlySet<string>,
): QueuedDoc {
  const attachments = Object.fromEntries(
    Object.entries(doc._attachments).map(([name, { digest, length }]) => [name, { digest, length }]),
  );
  const { _id: id, _rev: rev } = doc;
  return { id, rev, ...(event && { event }), attachments, verified: verified.has(id) };
}

export const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
