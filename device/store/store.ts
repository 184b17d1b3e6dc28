import { EventEmitter } from 'node:events';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BoothId,
  PHOTO_ATTACHMENT,
  type PreviewDoc,
  parsePhotoId,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { openPhotoFolder } from './folder.ts';
import { openLedger } from './ledger.ts';
import { openQueue, type PhotoQueue } from './queue.ts';
import { recover } from './recover.ts';
import { createSaver, type SaveOutcome } from './save.ts';
import type { QueuedDoc, QueuedPhoto } from './segment.ts';

type PhotoState = 'on-booth' | 'uploading' | 'in-cloud';

/** A photo that is on the booth. */
interface PhotoEntry {
  id: string;
  n: number;
  name: string;
  takenAt: string;
  state: PhotoState;
}

export type Picture = 'thumbnail' | 'screen' | 'original';

/** What of one segment of the queue is not known to be on the server, oldest first. */
export interface Waiting {
  db: PouchDB.Database;
  previews: QueuedDoc[];
  originals: QueuedDoc[];
}

/** The booth's photos: where they are kept until the server is seen to have them. */
export interface Store {
  /** Saves a photo; `saved` means that it would survive the plug being pulled now. */
  save(jpeg: Buffer): Promise<SaveOutcome>;
  /** Newest first. */
  list(): Promise<PhotoEntry[]>;
  /** Undefined when there is no such photo, or its small pictures are not made yet. */
  picture(id: string, picture: Picture): Promise<Buffer | undefined>;
  space(): Promise<{ freeBytes: number; reserveBytes: number; full: boolean }>;
  /** Calls the listener after every change of what {@link Store.list} gives; returns what ends that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;

  /** Photos whose small pictures are still to be made, oldest first. */
  withoutPreview(): string[];
  addPreview(id: string, pictures: { thumbnail: Buffer; screen: Buffer }): Promise<void>;
  /** They cannot be made; the original is sent alone. */
  giveUpPreview(id: string): void;

  waiting(): Waiting[];
  markUploading(id: string, isUploading: boolean): void;
  /**
   * The server was seen to hold these documents (ids of photos or previews) word for word: remembers it
   * durably, removes the files, and gives back the space of segments in which nothing waits any more.
   */
  release(ids: string[]): Promise<void>;
}

/**
 * Opens the store in the booth's data folder (made if absent) and puts in order what a power cut left. Rejects when
 * the folder cannot be used or another process has it open.
 */
export async function openStore(o: {
  dir: string;
  booth: BoothId;
  /** No photo is taken when less than this is free on the disk. */
  reserveBytes: number;
  maxPhotoBytes: number;
  now(): Date;
  /** Free space of the disk; asked of the file system when absent. */
  freeBytes?(): Promise<number>;
  /** Was the clock set by the network, or a clock chip? Not known (false) when absent. */
  clockIsTrusted?(): boolean;
  log: Logger;
}): Promise<Store> {
  const { booth, reserveBytes, maxPhotoBytes, now, log } = o;
  const freeBytes = o.freeBytes ?? (() => freeBytesOf(o.dir));
  const clockIsTrusted = o.clockIsTrusted ?? (() => false);

  // The queue first: LevelDB's lock keeps a second process from touching anything else.
  const asideDir = join(o.dir, 'set-aside');
  const queue = await openQueue({ dir: join(o.dir, 'queue'), asideDir, now, log });
  const folder = await openPhotoFolder(join(o.dir, 'photos'), asideDir);
  const files = new Set(await folder.names());
  const ledger = await openLedger(join(o.dir, 'ledger.jsonl'), {
    atLeast: highestNumber(queue),
    isNeeded: (name) => files.has(name),
  });
  const names = new Set([...files, ...photosOf(queue).map(({ doc }) => doc.name)]);
  const saver = createSaver({
    ...{ folder, queue, ledger, names, booth, reserveBytes, maxPhotoBytes, freeBytes, now, clockIsTrusted },
  });
  await recover({ folder, queue, ledger, describe: saver.describe, now, log });

  const changes = new EventEmitter().setMaxListeners(0);
  const uploading = new Set<string>();
  const inTurn = createTurns();

  const stateOf = ({ doc, original }: QueuedPhoto): PhotoState =>
    original.verified ? 'in-cloud' : uploading.has(doc._id) ? 'uploading' : 'on-booth';
  const entry = (photo: QueuedPhoto): PhotoEntry => {
    const { _id, n, name, takenAt } = photo.doc;
    return { id: _id, n, name, takenAt, state: stateOf(photo) };
  };

  return {
    save: (jpeg) =>
      inTurn(async () => {
        const outcome = await saver.save(jpeg);
        if (outcome.kind === 'saved') changes.emit('change');
        return outcome;
      }),

    list: async () => photosOf(queue).map(entry).reverse(),
    async picture(id, picture) {
      const found = queue.find(id);
      if (!found) return undefined;
      const { segment, photo } = found;
      if (picture === 'original')
        return (await segment.attachment(photo.original, PHOTO_ATTACHMENT)) ?? folder.read(photo.doc.name);
      const name = picture === 'thumbnail' ? THUMBNAIL_ATTACHMENT : SCREEN_ATTACHMENT;
      return photo.preview && segment.attachment(photo.preview, name);
    },

    async space() {
      const free = await freeBytes();
      return { freeBytes: free, reserveBytes, full: free < reserveBytes };
    },

    onChange(listener) {
      changes.on('change', listener);
      return () => changes.off('change', listener);
    },

    close: () =>
      inTurn(async () => {
        await queue.close();
        await ledger.close();
      }),

    withoutPreview: () =>
      photosOf(queue)
        .filter(({ preview, previewImpossible }) => !preview && !previewImpossible)
        .map(({ doc }) => doc._id),

    addPreview: (id, pictures) =>
      inTurn(async () => {
        const found = queue.find(id);
        const key = parsePhotoId(id);
        if (!found || !key) return;
        const { booth, n, name, takenAt, width, height } = found.photo.doc;
        const preview: PreviewDoc = {
          ...{ _id: previewId(key), type: 'preview', booth, n, photo: id, name, takenAt, width, height },
        };
        await found.segment.addPreview(preview, {
          [THUMBNAIL_ATTACHMENT]: pictures.thumbnail,
          [SCREEN_ATTACHMENT]: pictures.screen,
        });
        changes.emit('change');
      }),

    giveUpPreview(id) {
      const found = queue.find(id);
      if (found) found.photo.previewImpossible = true;
    },

    waiting: () =>
      queue.segments().map(({ db, photos }) => {
        const all = [...photos.values()];
        const previews = all.flatMap(({ preview }) => (preview && !preview.verified ? [preview] : []));
        return { db, previews, originals: all.map((p) => p.original).filter((doc) => !doc.verified) };
      }),

    markUploading(id, isUploading) {
      if (isUploading) uploading.add(id);
      else uploading.delete(id);
      changes.emit('change');
    },

    release: (ids) =>
      inTurn(async () => {
        const released = new Set(ids);
        for (const segment of queue.segments()) {
          const photos = [...segment.photos.values()];
          const here = photos.flatMap(({ original, preview }) =>
            preview ? [original, preview] : [original],
          );
          const verified = here.map(({ id }) => id).filter((id) => released.has(id));
          if (verified.length === 0) continue;
          await segment.markVerified(verified);
          await folder.remove(photos.filter(({ doc }) => released.has(doc._id)).map(({ doc }) => doc.name));
        }
        const destroyed = await queue.destroyFinished();
        if (destroyed > 0) log.info({ segments: destroyed }, 'gave back the space of photos in the cloud');
        changes.emit('change');
      }),
  };
}

function photosOf(queue: PhotoQueue): QueuedPhoto[] {
  return queue.segments().flatMap(({ photos }) => [...photos.values()]);
}

function highestNumber(queue: PhotoQueue): number {
  return photosOf(queue).reduce((highest, { doc }) => Math.max(highest, doc.n), 0);
}

async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}

/** Runs what it is given one after the other, in the order given; one that fails does not stop the next. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined); // whoever asked for it is told by `mine`
    return mine;
  };
}
