import { createHash } from 'node:crypto';
import { openLevelDb } from '@photomaton/couch/leveldb';
import { checkLevelDb } from '@photomaton/couch/leveldb-check';
import {
  digestOf,
  PHOTO_ATTACHMENT,
  type PhotoDoc,
  type PreviewDoc,
  parsePhotoId,
} from '@photomaton/design-docs/docs';

/** One small database of the queue: photos and their previews as they will stand on the server. */
export interface Segment {
  readonly name: string;
  /** What replication reads. */
  readonly db: PouchDB.Database;
  /** By photo id, oldest first. */
  readonly photos: ReadonlyMap<string, QueuedPhoto>;
  /** Bytes of the originals in it. */
  readonly bytes: number;
  /** Resolves when the document would survive a power cut. Entering the same photo twice is one photo. */
  addPhoto(photo: PhotoDoc, jpeg: Buffer): Promise<QueuedPhoto>;
  addPreview(preview: PreviewDoc, pictures: Record<string, Buffer>): Promise<void>;
  /** Remembers, durably, that the server has these documents (ids of photos or previews). */
  markVerified(ids: string[]): Promise<void>;
  /** Undefined when it cannot be read any more as it was written. */
  attachment(doc: QueuedDoc, name: string): Promise<Buffer | undefined>;
  close(): Promise<void>;
}

export interface QueuedPhoto {
  doc: PhotoDoc;
  original: QueuedDoc;
  preview?: QueuedDoc;
  /** Making it failed; tried again at the next start. */
  previewImpossible?: true;
}

/** A document as the server must hold it, word for word, before the booth lets go of its own. */
export interface QueuedDoc {
  id: string;
  rev: string;
  attachments: Record<string, { digest: string; length: number }>;
  verified: boolean;
}

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/** Not replicated: which documents the server was seen to have. Lost, they would only be verified again. */
const VERIFIED = '_local/verified';

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
  const verified = new Set(await readVerified(db));
  const photos = new Map<string, QueuedPhoto>();
  let bytes = 0;

  function rememberPhoto({ _rev, _attachments, ...doc }: Stored<PhotoDoc>): QueuedPhoto {
    const photo = { doc, original: queuedDoc({ _id: doc._id, _rev, _attachments }, verified) };
    bytes += doc.bytes;
    photos.set(doc._id, photo);
    return photo;
  }

  function rememberPreview(doc: Stored<PreviewDoc>): void {
    const photo = photos.get(doc.photo);
    if (photo) photo.preview = queuedDoc(doc, verified);
  }

  for (const doc of docs) if (doc.type === 'photo') rememberPhoto(doc);
  for (const doc of docs) if (doc.type === 'preview') rememberPreview(doc);

  return {
    name,
    db,
    photos,
    get bytes() {
      return bytes;
    },

    async addPhoto(photo, jpeg) {
      const entered = photos.get(photo._id);
      if (entered) return entered;
      const md5Hex = parsePhotoId(photo._id)?.md5Hex;
      if (!md5Hex) throw new TypeError(`not the id of a photo: ${photo._id}`);
      const picture = { data: jpeg, digest: digestOf(md5Hex) };
      return rememberPhoto(await putOnce(db, photo, { [PHOTO_ATTACHMENT]: picture }));
    },

    async addPreview(preview, pictures) {
      const digested = Object.entries(pictures).map(([name, data]) => {
        return [name, { data, digest: digestOf(md5Of(data)) }] as const;
      });
      rememberPreview(await putOnce(db, preview, Object.fromEntries(digested)));
    },

    async markVerified(ids) {
      for (const id of ids) verified.add(id);
      const previous = await db.get(VERIFIED).catch(ignoreMissing);
      const next: PouchDB.Core.PutDocument<{ ids: string[] }> = {
        ...previous,
        _id: VERIFIED,
        ids: [...verified],
      };
      await db.put(next);
      for (const photo of photos.values()) {
        photo.original.verified = verified.has(photo.original.id);
        if (photo.preview) photo.preview.verified = verified.has(photo.preview.id);
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

type Attachments = Record<string, { content_type: string; digest: string; length: number }>;
/** Nothing else is ever written in a segment (`_local` documents are not among its rows). */
type QueueDoc = Stored<PhotoDoc> | Stored<PreviewDoc>;
type Stored<Doc> = Doc & { _rev: string; _attachments: Attachments };

/**
 * Writes a document under a revision made of its own content (as CouchDB makes one, though not the same):
 * entered again after a crash, or on the server already, it is the same revision and not a second one.
 */
async function putOnce<Doc extends PhotoDoc | PreviewDoc>(
  db: PouchDB.Database,
  doc: Doc,
  pictures: Record<string, { data: Buffer; digest: string }>,
): Promise<Stored<Doc>> {
  const _attachments: Attachments = {};
  const withData: Record<string, { content_type: string; data: Buffer }> = {};
  for (const [name, { data, digest }] of Object.entries(pictures)) {
    _attachments[name] = { content_type: 'image/jpeg', digest, length: data.length };
    withData[name] = { content_type: 'image/jpeg', data };
  }
  const _rev = revisionOf({ ...doc, _attachments });
  const written: PouchDB.Core.PutDocument<object> = { ...doc, _rev, _attachments: withData };
  const [failure] = await db.bulkDocs([written], { new_edits: false });
  if (failure) throw new Error('the queue did not take a document', { cause: failure });
  return { ...doc, _rev, _attachments };
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

function queuedDoc(doc: Stored<{ _id: string }>, verified: ReadonlySet<string>): QueuedDoc {
  const attachments = Object.fromEntries(
    Object.entries(doc._attachments).map(([name, { digest, length }]) => [name, { digest, length }]),
  );
  return { id: doc._id, rev: doc._rev, attachments, verified: verified.has(doc._id) };
}

async function readVerified(db: PouchDB.Database): Promise<string[]> {
  const stored = await db.get<{ ids: string[] }>(VERIFIED).catch(ignoreMissing);
  return stored?.ids ?? [];
}

function ignoreMissing(error: { status?: number }): undefined {
  if (error.status !== 404) throw error;
}
