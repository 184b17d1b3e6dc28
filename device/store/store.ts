import { EventEmitter } from 'node:events';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BoothId,
  type EventId,
  type PreviewDoc,
  parsePhotoId,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { type Clock, createClock } from '../clock.ts';
import { type CloudSide, createCloudSide, type PhotoState } from './cloud.ts';
import { findContent } from './content.ts';
import { openExtraFiles } from './extra-files.ts';
import type { Extras } from './extras.ts';
import { openPhotoFolder } from './folder.ts';
import { openLedger } from './ledger.ts';
import { openQueue, type PhotoQueue } from './queue.ts';
import { enterAgain, recover } from './recover.ts';
import { makeRoom } from './room.ts';
import { createSaver, type Saved, type SaveOutcome } from './save.ts';
import type { QueuedPhoto } from './segment.ts';

/** A photo that is on the booth. */
export interface PhotoEntry {
  id: string;
  n: number;
  name: string;
  takenAt: string;
  event?: EventId;
  bytes: number;
  state: PhotoState;
  /** It was deleted, and is to be shown to nobody. */
  hidden?: true;
}

export type Picture = 'thumbnail' | 'screen' | 'original';

/** The booth's photos: where they are kept until the server is seen to have them. */
export interface Store extends CloudSide {
  /**
   * Saves a photo and what is to be kept beside it; `saved` means that all of it would survive the plug being pulled
   * now. See {@link createSaver} for `key`.
   */
  save(jpeg: Buffer, key?: string, extras?: Extras): Promise<SaveOutcome>;
  /** The photo that was saved under the key, if that was lately and it is still here. */
  savedUnder(key: string): Saved | undefined;
  /** Resolves when no photo is being saved: a guest goes before everything else. */
  unhurried(): Promise<void>;
  /** Newest first. */
  list(): Promise<PhotoEntry[]>;
  /** How many photos of the event are in the cloud and not here any more. */
  gone(event: EventId): number;
  /** Undefined when there is no such photo, or its small pictures are not made yet. */
  picture(id: string, picture: Picture): Promise<Buffer | undefined>;
  /** Where the file of a photo, a shot or a clip is, when it has one. Its bytes are not checked. */
  file(id: string): string | undefined;
  /** Those of a photo, a shot or a clip, whole; undefined when they are not to be had any more. */
  bytes(id: string): Promise<Buffer | undefined>;
  /** Makes room first when the disk is below its reserve. */
  space(): Promise<{ freeBytes: number; reserveBytes: number; full: boolean }>;
  /** Calls the listener after every change of what {@link Store.list} gives; returns what ends that. */
  onChange(listener: () => void): () => void;
  /** Resolves when every photo of the folder is in the queue again, which after a loss of the queue takes a while. */
  recovered(): Promise<void>;
  close(): Promise<void>;

  /** Photos whose small pictures are still to be made, oldest first. */
  withoutPreview(): string[];
  addPreview(id: string, pictures: { thumbnail: Buffer; screen: Buffer }): Promise<void>;
  /** They cannot be made; the original is sent alone. */
  giveUpPreview(id: string): void;
}

/**
 * Opens the store in the booth's data folder (made if absent) and puts in order what a power cut left. Rejects when
 * the folder cannot be used or another process has it open.
 */
export async function openStore(o: {
  dir: string;
  booth: BoothId;
  /** The event that photos are taken at just now. */
  event?(): EventId | undefined;
  /** No photo is taken when less than this is free on the disk. */
  reserveBytes: number;
  maxPhotoBytes: number;
  /** How long photos that are in the cloud can still be seen here, if there is room; 0 when absent. */
  keepLocalMs?: number;
  /** Photos in one segment of the queue; as many as {@link openQueue} says when absent. */
  photosPerSegment?: number;
  clock?: Clock;
  /** Free space of the disk; asked of the file system when absent. */
  freeBytes?(): Promise<number>;
  log: Logger;
}): Promise<Store> {
  const { booth, reserveBytes, maxPhotoBytes, keepLocalMs = 0, clock = createClock(), log } = o;
  const freeBytes = o.freeBytes ?? (() => freeBytesOf(o.dir));
  const { now } = clock;

  // The queue first: LevelDB's lock keeps a second process from touching anything else.
  const asideDir = join(o.dir, 'set-aside');
  const maxPhotos = o.photosPerSegment;
  const queue = await openQueue({
    ...{ dir: join(o.dir, 'queue'), asideDir, now, log },
    ...(maxPhotos !== undefined && { maxPhotos }),
  });
  const folder = await openPhotoFolder(join(o.dir, 'photos'), asideDir);
  const extraFiles = await openExtraFiles(join(o.dir, 'extras'), asideDir);
  const here = new Set([...(await folder.names()), ...photosOf(queue).map(({ doc }) => doc.name)]);
  const ledger = await openLedger(join(o.dir, 'ledger.jsonl'), {
    atLeast: highestNumber(queue),
    isNeeded: (name) => here.has(name),
  });
  const space = async () => {
    let free = await freeBytes();
    if (free < reserveBytes) {
      await makeRoom({ queue, folder, extraFiles, freeBytes, reserveBytes, log });
      free = await freeBytes();
    }
    return { freeBytes: free, reserveBytes, full: free < reserveBytes };
  };
  const saver = createSaver({
    ...{ folder, extraFiles, queue, ledger, booth, event: o.event ?? (() => undefined) },
    ...{ maxPhotoBytes, space, clock, log },
  });

  const changes = new EventEmitter().setMaxListeners(0);
  const inTurn = createTurns();
  let lastSave: Promise<unknown> = Promise.resolve();
  const changed = () => changes.emit('change');

  const recovery = { folder, extraFiles, queue, ledger, describe: saver.describe, now, log };
  let isClosing = false;
  let isRecovered = false;
  const entering = enterAll(await recover(recovery)).then(() => {
    isRecovered = true;
  });
  async function enterAll(names: string[]): Promise<void> {
    for (const name of names) {
      await inTurn(async () => {
        if (!isClosing) await enterAgain(name, recovery);
      }).catch((err: unknown) => log.error({ err, name }, 'a photo could not be entered again'));
      changed();
    }
  }

  /** A turn in which something is written about photos that are there already. */
  const inTurnMended = <T>(work: () => Promise<T>): Promise<T> =>
    inTurn(async () => {
      await queue.mend();
      return work();
    });

  const { stateOf, isHidden, ...cloudSide } = createCloudSide({
    ...{ queue, folder, extraFiles, ledger, booth, clock, keepLocalMs, freeName: saver.freeName },
    ...{ inTurn: inTurnMended, isRecovered: () => isRecovered, changed, log },
  });
  const contentOf = (id: string) => findContent(id, { queue, folder, extraFiles });
  const entry = (photo: QueuedPhoto): PhotoEntry => {
    const { _id, n, name, takenAt, bytes } = photo.doc;
    const { event } = photo.original;
    return {
      ...{ id: _id, n, name, takenAt, ...(event && { event }), bytes, state: stateOf(photo) },
      ...(isHidden(n) && { hidden: true }),
    };
  };

  return {
    ...cloudSide,
    save(jpeg, key, extras) {
      const saving = inTurn(async () => {
        const outcome = await saver.save(jpeg, key, extras);
        if (outcome.kind === 'saved') changed();
        return outcome;
      });
      const saved = saving.catch(() => undefined);
      lastSave = saved; // one is done after the other
      return saving;
    },
    async unhurried() {
      await lastSave;
    },

    savedUnder: saver.savedUnder,

    list: async () => photosOf(queue).map(entry).reverse(),
    gone: queue.destroyedPhotos,
    async picture(id, picture) {
      const found = queue.find(id);
      if (found && isHidden(found.photo.doc.n)) return undefined;
      if (picture === 'original') return contentOf(id)?.read();
      if (!found) return undefined;
      const { segment, photo } = found;
      const name = picture === 'thumbnail' ? THUMBNAIL_ATTACHMENT : SCREEN_ATTACHMENT;
      return photo.preview && segment.attachment(photo.preview, name);
    },
    file: (id) => contentOf(id)?.path,
    bytes: async (id) => contentOf(id)?.read(),

    space: () => inTurn(space),
    onChange(listener) {
      changes.on('change', listener);
      return () => changes.off('change', listener);
    },
    recovered: () => entering,

    async close() {
      isClosing = true;
      await entering;
      await inTurn(async () => {
        await queue.close();
        await ledger.close();
      });
    },

    withoutPreview: () =>
      photosOf(queue)
        .filter(({ preview, previewImpossible }) => !preview && !previewImpossible)
        .map(({ doc }) => doc._id),

    addPreview: (id, pictures) =>
      inTurnMended(async () => {
        const found = queue.find(id);
        const key = found && parsePhotoId(found.photo.doc._id);
        if (!found || !key) return;
        const { _id, booth, n, name, takenAt, width, height } = found.photo.doc;
        const preview: PreviewDoc = {
          ...{ _id: previewId(key), type: 'preview', booth, n, photo: _id, name, takenAt, width, height },
        };
        await found.segment.addPreview(preview, {
          [THUMBNAIL_ATTACHMENT]: pictures.thumbnail,
          [SCREEN_ATTACHMENT]: pictures.screen,
        });
        changed();
      }),

    giveUpPreview(id) {
      const found = queue.find(id);
      if (found) found.photo.previewImpossible = true;
    },
  };
}

function photosOf(queue: PhotoQueue): QueuedPhoto[] {
  return queue.segments().flatMap(({ photos }) => [...photos.values()]);
}

function highestNumber(queue: PhotoQueue): number {
  return photosOf(queue).reduce((highest, { doc }) => Math.max(highest, doc.n), 0);
}

/**
 * At once: the file system has the number in memory, and who asks is a guest's screen or a photo to be saved. Threads
 * for files are all busy while photos are sent, and would let them wait.
 */
async function freeBytesOf(dir: string): Promise<number> {
  const { bavail, bsize } = statfsSync(dir);
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
