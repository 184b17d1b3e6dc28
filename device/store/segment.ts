import { flushLevelDb, openLevelDb } from '@photomaton/couch/leveldb';
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
import { attachmentOf as attachmentOfExtra, type Extra, follow } from './extras.ts';
import {
  asStubs,
  attachmentOf,
  attachmentsOfExtra,
  md5Of,
  putAll,
  type QueueDoc,
  type QueuedDoc,
  queuedDoc,
  revisionOf,
  type Stored,
  tombstone,
  withData,
  withRevision,
} from './queue-doc.ts';

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
  /** Removes the photo with all that is kept beside it; after a power cut there is all of it or nothing. */
  forget(photo: QueuedPhoto): Promise<void>;
  markTimed(upTo: number): Promise<void>;
  /**
   * Remembers, durably, which documents the server has, or has not any more; and to which
   * event those went that said none.
   */
  markVerified(ids: string[], o: { verified: boolean; at: Date; event?: EventId }): Promise<void>;
  /** Undefined when it cannot be read any more as it was written. */
  attachment(doc: QueuedDoc, name: string): Promise<Buffer | undefined>;
  /** No photo comes any more: the memory that LevelDB keeps for those is given back. */
  settle(): Promise<void>;
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

interface QueuedExtra extends QueuedDoc {
  doc: ExtraDoc;
}

/** The documents of a photo that there are, in the order in which they are sent. */
export const docsOf = ({ preview, original, extras }: QueuedPhoto): QueuedDoc[] => [
  ...(preview ? [preview] : []),
  original,
  ...extras,
];

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
  const docs = (check.docs as unknown as QueueDoc[]).sort((a, b) => a.n - b.n);
  // LevelDB does not compare what it reads with its checksums, but a revision is made of its document.
  const altered = docs.find((doc) => doc._rev !== revisionOf(doc));
  if (altered) return { kind: 'damaged', reason: `altered: ${altered._id}` };
  return { kind: 'whole', segment: await makeSegment(folder, name, await open(folder), docs) };
}

export async function createSegment(folder: string, name: string): Promise<Segment> {
  return makeSegment(folder, name, await open(folder), []);
}

/** With LevelDB's own 4 MB, which hold one photo, it would spend as long on sorting files as on storing. */
const WRITE_BUFFER_BYTES = 32 * 2 ** 20;
const open = (folder: string): Promise<PouchDB.Database> =>
  openLevelDb(folder, { writeBufferBytes: WRITE_BUFFER_BYTES });

async function makeSegment(
  folder: string,
  name: string,
  db: PouchDB.Database,
  docs: QueueDoc[],
): Promise<Segment> {
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

    async forget(photo) {
      await write(() => putAll(db, docsOf(photo).map(tombstone)));
      photos.delete(photo.doc._id);
      bytes -= [photo.doc, ...photo.extras.map(({ doc }) => doc)].reduce((sum, gone) => sum + gone.bytes, 0);
      // What is deleted is kept by PouchDB until then.
      await write(() => db.compact());
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
    settle: () => flushLevelDb(folder),
    close: () => db.close(),
  };
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
