import type { BoothId, EventId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ExtraFiles } from './extra-files.ts';
import type { PhotoFolder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import type { PhotoQueue } from './queue.ts';
import type { QueuedDoc } from './queue-doc.ts';
import { isLetGo } from './recover.ts';
import { docsOf, type QueuedPhoto } from './segment.ts';
import { settleTimes } from './settle-times.ts';

export type PhotoState = 'on-booth' | 'uploading' | 'in-cloud';

/** Documents of one segment of the queue, oldest first. */
export interface Waiting {
  db: PouchDB.Database;
  previews: QueuedDoc[];
  originals: QueuedDoc[];
  /** Shots and clips. */
  extras: QueuedDoc[];
}

export const docsIn = ({ previews, originals, extras }: Waiting): QueuedDoc[] => [
  ...previews,
  ...originals,
  ...extras,
];

/** What the booth knows of the server: which photos wait for it, which it has, and what is let go of here for that. */
export interface CloudSide {
  /**
   * Decides when the photos were taken that were not sent yet. Only those are {@link Store.waiting} of which that
   * is decided: it is in their ids. To be called when the clock has learnt the time, or will not.
   */
  settleTimes(): Promise<void>;
  /** What is not known to be on the server. */
  waiting(): Waiting[];
  /** What is known to be on the server, and still here. */
  kept(): Waiting[];
  markUploading(id: string, isUploading: boolean): void;
  /**
   * The server was seen to hold these documents word for word in the event's database: remembers it durably, and
   * removes the files of photos of which it has everything.
   */
  release(ids: string[], event: EventId): Promise<void>;
  /** The server was seen not to hold these any more: they wait again. */
  takeBack(ids: string[]): Promise<void>;
  /** From now on these photos, by their numbers, are shown to nobody here; others are shown again. */
  hide(numbers: readonly number[]): void;
  /**
   * Destroys what is here of these photos if they are whole in the cloud. Gives the numbers of those of which nothing is
   * here (any more).
   */
  forget(numbers: readonly number[]): Promise<number[]>;
  /** Destroys what is in the cloud for as long as it was to be kept here. */
  giveBackSpace(): Promise<void>;
}

/** Of the store; nothing else calls it. `inTurn`: one write about photos that are there already, after the other. */
export function createCloudSide({
  queue,
  folder,
  extraFiles,
  ledger,
  booth,
  clock,
  keepLocalMs,
  freeName,
  inTurn,
  isRecovered,
  changed,
  log,
}: {
  queue: PhotoQueue;
  folder: PhotoFolder;
  extraFiles: ExtraFiles;
  ledger: Ledger;
  booth: BoothId;
  clock: Clock;
  keepLocalMs: number;
  freeName(taken: Date): Promise<string>;
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Is every photo of the folder in the queue again? */
  isRecovered(): boolean;
  changed(): void;
  log: Logger;
}): CloudSide & { stateOf(photo: QueuedPhoto): PhotoState; isHidden(n: number): boolean } {
  const { now } = clock;
  const uploading = new Set<string>();
  let hidden: ReadonlySet<number> = new Set();

  /** Gives the photos whose documents they are. */
  async function mark(ids: string[], verified: boolean, event?: EventId): Promise<QueuedPhoto[]> {
    const marked = new Set(ids);
    const photosMarked: QueuedPhoto[] = [];
    for (const segment of queue.segments()) {
      const photos = [...segment.photos.values()].filter((photo) =>
        docsOf(photo).some(({ id }) => marked.has(id)),
      );
      if (photos.length === 0) continue;
      const here = photos.flatMap(docsOf).filter(({ id }) => marked.has(id));
      await segment.markVerified(
        here.map(({ id }) => id),
        { verified, at: now(), ...(event && { event }) },
      );
      photosMarked.push(...photos);
    }
    return photosMarked;
  }

  const bySegment = (isListed: (doc: QueuedDoc) => boolean): Waiting[] =>
    queue.segments().map(({ db, photos, timedUpTo }) => {
      const settled = [...photos.values()].filter(({ doc }) => doc.n <= timedUpTo);
      return {
        db,
        previews: settled.flatMap(({ preview }) => (preview && isListed(preview) ? [preview] : [])),
        originals: settled.map(({ original }) => original).filter(isListed),
        extras: settled.flatMap(({ extras }) => extras).filter(isListed),
      };
    });

  return {
    stateOf: ({ doc, original }) =>
      original.verified ? 'in-cloud' : uploading.has(doc._id) ? 'uploading' : 'on-booth',
    isHidden: (n) => hidden.has(n),

    settleTimes: () =>
      settleTimes({
        ...{ queue, ledger, folder, booth, clock, freeName, inTurn, log },
      }),
    waiting: () => bySegment((doc) => !doc.verified),
    kept: () => bySegment((doc) => doc.verified),

    markUploading(id, isUploading) {
      if (isUploading) uploading.add(id);
      else uploading.delete(id);
      changed();
    },

    release: (ids, event) =>
      inTurn(async () => {
        const released = (await mark(ids, true, event)).filter(isLetGo);
        await folder.remove(released.map(({ doc }) => doc.name));
        await extraFiles.remove(released.flatMap(({ extras }) => extras.map(({ doc }) => doc)));
        changed();
      }),

    takeBack: (ids) =>
      inTurn(async () => {
        await mark(ids, false);
        changed();
      }),

    hide(numbers) {
      hidden = new Set(numbers);
      changed();
    },

    forget: (numbers) =>
      inTurn(async () => {
        if (!isRecovered()) return []; // what is not in the queue yet may be in the folder
        const wanted = new Set(numbers);
        const left = new Set<number>();
        for (const segment of queue.segments()) {
          for (const photo of [...segment.photos.values()].filter(({ doc }) => wanted.has(doc.n))) {
            if (docsOf(photo).every(({ verified }) => verified)) {
              // The files first: one without an entry would be entered again.
              await folder.remove([photo.doc.name]);
              await extraFiles.remove(photo.extras.map(({ doc }) => doc));
              await segment.forget(photo);
            } else left.add(photo.doc.n);
          }
        }
        changed();
        return numbers.filter((n) => !left.has(n));
      }),

    giveBackSpace: () =>
      inTurn(async () => {
        const verifiedBefore = new Date(now().getTime() - keepLocalMs);
        const destroyed = await queue.destroyFinished({ verifiedBefore });
        if (destroyed === 0) return;
        log.info({ segments: destroyed }, 'gave back the space of photos in the cloud');
        changed();
      }),
  };
}
