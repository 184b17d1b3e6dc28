import { createHash } from 'node:crypto';
import { openLevelDb } from '@photomaton/couch/leveldb';
import { checkLevelDb } from '@photomaton/couch/leveldb-check';
import {
  digestOf,
  type EventId,
  type ExtraDoc,
  PHOTO_ATTACHMENT,
  type PhotoDoc,
  type PreviewDoc,
  parsePhotoId,
  previewId,
} from '@photomaton/design-docs/docs';
import { attachmentOf as attachmentOfExtra, type Extra, follow, md5In } from './extras.ts';

/** One small database of the queue: photos, their previews and extras as they will stand on the server. */
export interface Segment {
  readonly name: string;
  /** What replication reads. */
  readonly db: PouchDB.Database;
  /** By photo id, oldest first. */
  readonly photos: ReadonlyMap<string, QueuedPhoto>;
  /** Bytes of the originals in it, and of shots and clips. */
  readonly bytes: number;
  /** When the server was last seen to have something of it. */
  readonly verifiedAt: Date | undefined;
  /** Photos up to this number have the time at which they were taken, as well as it will ever be known. */
  readonly timedUpTo: number;
  /** A write failed: LevelDB takes no other until it is opened again. */
  readonly failed: boolean;
  /**
   * Resolves when the photo would survive a power cut, with all that is kept beside it: there is all of it or nothing.
   * Entering the same photo twice is one photo.
   */
  addPhoto(photo: PhotoDoc, jpeg: Buffer, extras: Extra[]): Promise<QueuedPhoto>;
  addPreview(preview: PreviewDoc, pictures: Record<string, Buffer>): Promise<void>;
  /** Puts a document in the place of a photo's, with its pictures; after a power cut there is one of the two. */
  replace(photo: QueuedPhoto, doc: PhotoDoc): Promise<void>;
  markTimed(upTo: number): Promise<void>;
  /**
   * Remembers, durably, which documents the server has, or has not any more; and to which
   * event those went that said none.
   */
  markVerified(ids: string[], o: { verified: boolean; at: Date; event?: EventId }): Promise<void>;
  /** Undefined when it cannot be read any more as it was written. */
  attachment(doc: QueuedDoc, name: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

export interface QueuedPhoto {
  doc: PhotoDoc;
  original: QueuedDoc;
  preview?: QueuedDoc;
  /** Its shots and clips, if they are kept. */
  extras: QueuedExtra[];
  /** Making it failed; tried again at the next start. */
  previewImpossible?: true;
}

/** A document as the server must hold it, word for word, before the booth lets go of its own. */
export interface QueuedDoc {
  id: string;
  rev: string;
  /** Where it goes, or went; absent: to whichever event the booth is at when it is sent. */
  event?: EventId;
  attachments: Record<string, { digest: string; length: number }>;
  verified: boolean;
}

interface QueuedExtra extends QueuedDoc {
  doc: ExtraDoc;
}

/** The documents of a photo that there are, in the order in which they are sent. */
export const docsOf = ({ preview, original, extras }: QueuedPhoto): QueuedDoc[] => [
  ...(preview ? [preview] : []),
  original,
  ...extras,
];

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** Not replicated: which documents the server was seen to have. Lost, they would only be verified again. */
const VERIFIED = '_local/verified';
interface Verified {
  ids: string[];
  at?: string;
  /** Where documents went that say no event. */
  events?: Record<string, EventId>;
}
/** Not replicated: up to which number the times are right. */
const TIMED = '_local/timed';

/** Opens a segment that was there when the booth started, if it still is what was written. */
export async function reopenSegment(
  folder: string,
  name: string,
): Promise<{ kind: 'whole'; segment: Segment } | { kind: 'damaged'; reason: string }> {
  const check = await checkLevelDb(folder);
  if (check.kind === 'damaged') return check;
  const db = await openLevelDb(folder);
  const { rows } = await db.allDocs({ include_docs: true });
  // PouchDB's types know documents by no type but their own.
  const docs = rows.map((row) => row.doc as unknown as QueueDoc).sort((a, b) => a.n - b.n);
  // LevelDB does not compare what it reads with its checksums, but a revision is made of its document.
  const altered = docs.find((doc) => doc._rev !== revisionOf(doc));
  if (!altered) return { kind: 'whole', segment: await makeSegment(name, db, docs) };
  await db.close();
  return { kind: 'damaged', reason: `altered: ${altered._id}` };
}

export async function createSegment(folder: string, name: string): Promise<Segment> {
  return makeSegment(name, await openLevelDb(folder), []);
}

async function makeSegment(name: string, db: PouchDB.Database, docs: QueueDoc[]): Promise<Segment> {
  const stored = await readLocal<Verified>(db, VERIFIED);
  const verified = new Set(stored?.ids);
  const events = new Map(Object.entries(stored?.events ?? {}));
  let verifiedAt = stored?.at === undefined ? undefined : new Date(stored.at);
  let timedUpTo = (await readLocal<{ n: number }>(db, TIMED))?.n ?? 0;
  const photos = new Map<string, QueuedPhoto>();
  let bytes = 0;
  let failed = false;

  async function write<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      failed = true;
      throw error;
    }
  }

  function rememberPhoto(stored: Stored<PhotoDoc>): QueuedPhoto {
    const { _rev, _attachments, ...doc } = stored;
    const original = queuedDoc(stored, doc.event ?? events.get(doc._id), verified);
    const photo = { doc, original, extras: [] };
    bytes += doc.bytes;
    photos.set(doc._id, photo);
    return photo;
  }

  function rememberPreview(doc: Stored<PreviewDoc>): void {
    const photo = photos.get(doc.photo);
    if (photo) photo.preview = queuedDoc(doc, photo.original.event, verified);
  }

  function rememberExtra(stored: Stored<ExtraDoc>): void {
    const { _rev, _attachments, ...doc } = stored;
    bytes += doc.bytes;
    const photo = photos.get(doc.photo);
    photo?.extras.push({ doc, ...queuedDoc(stored, doc.event ?? photo.original.event, verified) });
  }

  for (const doc of docs) if (doc.type === 'photo') rememberPhoto(doc);
  for (const doc of docs) if (doc.type === 'preview') rememberPreview(doc);
  for (const doc of docs) if (doc.type === 'shot' || doc.type === 'clip') rememberExtra(doc);

  return {
    name,
    db,
    photos,
    get bytes() {
      return bytes;
    },
    get verifiedAt() {
      return verifiedAt;
    },
    get timedUpTo() {
      return timedUpTo;
    },
    get failed() {
      return failed;
    },

    async addPhoto(photo, jpeg, extras) {
      const entered = photos.get(photo._id);
      if (entered) return entered;
      const md5Hex = parsePhotoId(photo._id)?.md5Hex;
      if (!md5Hex) throw new TypeError(`not the id of a photo: ${photo._id}`);
      const doc = withRevision(photo, { [PHOTO_ATTACHMENT]: attachmentOf(jpeg, digestOf(md5Hex)) });
      const beside = extras.map(({ doc, bytes }) => ({
        ...{ doc: withRevision(doc, attachmentsOfExtra(doc)), bytes, name: attachmentOfExtra(doc).name },
      }));
      // One batch of LevelDB: all of it or nothing.
      await write(() =>
        putAll(db, [
          withData(doc, { [PHOTO_ATTACHMENT]: jpeg }),
          ...beside.map(({ doc, bytes, name }) => withData(doc, { [name]: bytes })),
        ]),
      );
      const remembered = rememberPhoto(doc);
      for (const { doc } of beside) rememberExtra(doc);
      return remembered;
    },

    async addPreview(preview, pictures) {
      const attachments = Object.entries(pictures).map(([name, data]) => {
        return [name, attachmentOf(data, digestOf(md5Of(data)))] as const;
      });
      const doc = withRevision(preview, Object.fromEntries(attachments));
      await write(() => putAll(db, [withData(doc, pictures)]));
      rememberPreview(doc);
    },

    async replace({ doc: old, original, preview, extras }, doc) {
      const key = parsePhotoId(doc._id);
      if (!key) throw new TypeError(`not the id of a photo: ${doc._id}`);
      const stubsOf = async <Doc extends object>(id: string) =>
        (await db.get<Doc>(id)) as unknown as Stored<Doc>;
      const { _attachments } = await stubsOf<PhotoDoc>(old._id);
      const next = withRevision(doc, _attachments);
      const nextPreview =
        preview &&
        (await stubsOf<PreviewDoc>(preview.id).then(({ _rev, _attachments, ...stored }) =>
          withRevision(
            { ...stored, _id: previewId(key), photo: doc._id, name: doc.name, takenAt: doc.takenAt },
            _attachments,
          ),
        ));
      const nextExtras = extras.map(({ doc: extra }) =>
        withRevision(follow(doc, extra), attachmentsOfExtra(extra)),
      );
      await write(() =>
        putAll(db, [
          asStubs(next),
          ...(nextPreview ? [asStubs(nextPreview)] : []),
          ...nextExtras.map(asStubs),
          tombstone(original),
          ...(preview ? [tombstone(preview)] : []),
          ...extras.map(tombstone),
        ]),
      );
      photos.delete(old._id);
      bytes -= [old, ...extras.map((extra) => extra.doc)].reduce((sum, gone) => sum + gone.bytes, 0);
      rememberPhoto(next);
      if (nextPreview) rememberPreview(nextPreview);
      nextExtras.forEach(rememberExtra);
      const inOrder = [...photos.values()].sort((a, b) => a.doc.n - b.doc.n);
      photos.clear();
      for (const photo of inOrder) photos.set(photo.doc._id, photo);
    },

    async markTimed(upTo) {
      if (upTo <= timedUpTo) return;
      await write(() => putLocal(db, TIMED, { n: upTo }));
      timedUpTo = upTo;
    },

    async markVerified(ids, { verified: isVerified, at, event }) {
      const next = new Set(verified);
      for (const id of ids) isVerified ? next.add(id) : next.delete(id);
      const nextEvents = new Map(events);
      if (event)
        for (const id of ids) if (photos.has(id) && !photos.get(id)?.doc.event) nextEvents.set(id, event);
      await write(() =>
        putLocal<Verified>(db, VERIFIED, {
          ...{ ids: [...next], at: at.toISOString(), events: Object.fromEntries(nextEvents) },
        }),
      );
      verifiedAt = at;
      for (const id of ids) isVerified ? verified.add(id) : verified.delete(id);
      for (const [id, went] of nextEvents) events.set(id, went);
      for (const photo of photos.values()) {
        const went = photo.doc.event ?? events.get(photo.doc._id);
        for (const doc of docsOf(photo)) {
          doc.verified = verified.has(doc.id);
          if (went) doc.event = went;
        }
      }
    },

    async attachment({ id, attachments }, attachment) {
      const bytes = (await db.getAttachment(id, attachment).catch(() => undefined)) as Buffer | undefined;
      if (!bytes || digestOf(md5Of(bytes)) !== attachments[attachment]?.digest) return undefined;
      return bytes;
    },
    close: () => db.close(),
  };
}

interface Attachment {
  content_type: string;
  digest: string;
  length: number;
}
type Attachments = Record<string, Attachment>;
/** Nothing else is ever written in a segment (`_local` documents are not among its rows). */
type QueueDoc = Stored<PhotoDoc> | Stored<PreviewDoc> | Stored<ExtraDoc>;
type Stored<Doc> = Doc & { _rev: string; _attachments: Attachments };

const attachmentOf = (data: Buffer, digest: string): Attachment => ({
  ...{ content_type: 'image/jpeg', digest, length: data.length },
});

function attachmentsOfExtra(doc: ExtraDoc): Attachments {
  const { name, type } = attachmentOfExtra(doc);
  return { [name]: { content_type: type, digest: digestOf(md5In(doc)), length: doc.bytes } };
}

/**
 * The document under a revision made of its own content (as CouchDB makes one, though not the same): entered again
 * after a crash, or on the server already, it is the same revision and not a second one.
 */
function withRevision<Doc extends { _id: string }>(doc: Doc, attachments: Attachments): Stored<Doc> {
  const _attachments = Object.fromEntries(
    Object.entries(attachments).map(([name, { content_type, digest, length }]) => {
      return [name, { content_type, digest, length }];
    }),
  );
  return { ...doc, _rev: revisionOf({ ...doc, _attachments }), _attachments };
}

/** As PouchDB takes it: with the bytes, or (`asStubs`) with the bytes that the database has already. */
function withData(doc: Stored<{ _id: string }>, pictures: Record<string, Buffer>): object {
  const attachments = Object.entries(doc._attachments).map(([name, { content_type }]) => {
    return [name, { content_type, data: pictures[name] }];
  });
  return { ...doc, _attachments: Object.fromEntries(attachments) };
}

function asStubs(doc: Stored<{ _id: string }>): object {
  const attachments = Object.entries(doc._attachments).map(([name, attachment]) => {
    return [name, { ...attachment, stub: true, revpos: 1 }];
  });
  return { ...doc, _attachments: Object.fromEntries(attachments) };
}

function tombstone({ id, rev }: QueuedDoc): object {
  const first = rev.slice(2);
  const second = md5Of(Buffer.from(`${id} replaced`));
  return {
    ...{ _id: id, _rev: `2-${second}`, _deleted: true, _revisions: { start: 2, ids: [second, first] } },
  };
}

/** Writes documents under their own revisions, all of them or none. */
async function putAll(db: PouchDB.Database, docs: object[]): Promise<void> {
  const [failure] = await db.bulkDocs(docs, { new_edits: false });
  if (failure) throw new Error('the queue did not take a document', { cause: failure });
}

/** PouchDB gives the fields of a document in the order in which they were written, its own at the end. */
function revisionOf(doc: object & { _id: string; _attachments?: Attachments }): string {
  const { _id, _rev, _attachments = {}, ...fields } = doc as typeof doc & { _rev?: string };
  const attachments = Object.entries(_attachments).map(([name, { content_type, digest, length }]) => {
    return [name, { content_type, digest, length }];
  });
  const content = JSON.stringify([{ _id, ...fields }, Object.fromEntries(attachments)]);
  return `1-${md5Of(Buffer.from(content))}`;
}

function queuedDoc(
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

async function readLocal<T extends object>(db: PouchDB.Database, id: string): Promise<T | undefined> {
  return db.get<T>(id).catch(ignoreMissing);
}

async function putLocal<T extends object>(db: PouchDB.Database, id: string, content: T): Promise<void> {
  const previous = await readLocal<PouchDB.Core.GetMeta>(db, id);
  await db.put({ ...content, _id: id, ...(previous && { _rev: previous._rev }) });
}

function ignoreMissing(error: { status?: number }): undefined {
  if (error.status !== 404) throw error;
}
