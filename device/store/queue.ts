import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@photomaton/couch/durable-file';
import { type EventId, type PhotoDoc, parseContentId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { openDestroyed } from './destroyed.ts';
import type { Extra } from './extras.ts';
import { attempt } from './opening.ts';
import { createSegment, docsOf, type QueuedPhoto, reopenSegment, type Segment } from './segment.ts';
import { setFolderAside } from './set-aside.ts';

/**
 * PhotoQueue: a row of small databases, the last of which takes what comes. LevelDB gives no space back for
 * what is deleted in it, so a segment that is closed and fully verified is destroyed as a whole.
 */
export interface PhotoQueue {
  /** Oldest first. */
  segments(): readonly Segment[];
  addPhoto(photo: PhotoDoc, jpeg: Buffer, extras?: Extra[]): Promise<QueuedPhoto>;
  /** By its id, or that of a shot or clip of it; also by an id that these had before its time was known. */
  find(id: string): { segment: Segment; photo: QueuedPhoto } | undefined;
  hasName(name: string): boolean;
  /**
   * Destroys the segments of which everything is on the server since before `verifiedBefore`, oldest first, while
   * `goOn` says so; gives how many.
   */
  destroyFinished(o: { verifiedBefore: Date; goOn?(): Promise<boolean> }): Promise<number>;
  /** Photos of the event that were in segments that are destroyed. */
  destroyedPhotos(event: EventId): number;
  /** Opens segments again to which a write has failed, as on a disk that was full. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A segment is closed when it has either; small enough to be rewritten or lost to a defect cheaply. */
const MAX_BYTES = 256 * 2 ** 20;
const MAX_PHOTOS = 500;
const FINISHED = '.finished';
/** As couch/leveldb.ts calls a database that is not made yet. */
const MAKING = '.making';
/** Beside a segment while it is being opened. */
const OPENING = '.opening';
/** LevelDB waits for the disk several times while it opens: four cores wait for it together. */
const OPENED_AT_ONCE = 4;
/** A segment that was set aside. */
const ASIDE = /_queue-(\d+)$/;

/**
 * Opens the segments in `dir` (made if absent). One that is damaged is moved to `asideDir` as a whole, under a
 * dated name: what it held and the server has not is still in the folder of photos, and is entered again.
 */
export async function openQueue(o: {
  dir: string;
  asideDir: string;
  maxBytes?: number;
  maxPhotos?: number;
  now(): Date;
  log: Logger;
}): Promise<PhotoQueue> {
  const { dir, asideDir, maxBytes = MAX_BYTES, maxPhotos = MAX_PHOTOS } = o;
  for (const folder of [dir, asideDir]) {
    await mkdir(folder, { recursive: true });
    await syncFolder(dirname(folder));
  }
  const found = await readdir(dir);
  for (const name of found.filter((name) => name.endsWith(FINISHED) || name.endsWith(MAKING)))
    await rm(join(dir, name), { recursive: true });
  const names = found.filter((name) => /^\d{4,}$/.test(name)).sort(byNumber);
  // PouchDB knows a database by its path: the number of one that is gone is not given again.
  const destroyed = await openDestroyed(join(dir, 'destroyed.json'));
  const aside = (await readdir(asideDir)).map((name) => ASIDE.exec(name)?.[1]);
  const numbers = [...destroyed.numbers(), ...[...names, ...aside].map(Number)];
  let lastNumber = Math.max(0, ...numbers.filter(Number.isSafeInteger));
  // When one has ended the booth, each by itself: the others are not to be blamed for it again.
  const atOnce = found.some((name) => name.endsWith(OPENING)) ? 1 : OPENED_AT_ONCE;
  const segments = (await mapInLanes(names, atOnce, reopen)).filter((segment) => segment !== undefined);

  async function reopen(name: string): Promise<Segment | undefined> {
    const opening = await attempt(join(dir, name + OPENING), () => reopenSegment(join(dir, name), name));
    if (opening.kind === 'given-up')
      await setAside(name, `the booth ended ${opening.attempts} times while it opened it`);
    else if (opening.result.kind === 'damaged') await setAside(name, opening.result.reason);
    else return opening.result.segment;
    return undefined;
  }

  async function setAside(name: string, reason: string): Promise<void> {
    const aside = await setFolderAside(join(dir, name), { asideDir, as: `queue-${name}`, now: o.now });
    o.log.error({ segment: name, aside, reason }, 'set aside a damaged segment of the queue');
  }

  async function current(): Promise<Segment> {
    const last = segments.at(-1);
    if (last && last.bytes < maxBytes && last.photos.size < maxPhotos) return last;
    await last?.settle();
    const name = String(lastNumber + 1).padStart(4, '0');
    try {
      const segment = await createSegment(join(dir, name), name);
      lastNumber += 1;
      segments.push(segment);
      return segment;
    } catch (error) {
      await rm(join(dir, name), { recursive: true, force: true }); // nothing is in it yet
      throw error;
    }
  }

  async function mend(): Promise<void> {
    for (const segment of segments.filter(({ failed }) => failed)) {
      const { name } = segment;
      await segment.close().catch(() => undefined); // closed already, when it could not be opened the last time
      const again = await reopenSegment(join(dir, name), name);
      const at = segments.indexOf(segment);
      if (again.kind === 'whole') {
        segments[at] = again.segment;
        o.log.warn({ segment: name }, 'opened a segment of the queue again after a write had failed');
      } else {
        segments.splice(at, 1);
        await setAside(name, again.reason); // what it held is entered again at the next start
      }
    }
  }

  return {
    segments: () => segments,

    async addPhoto(photo, jpeg, extras = []) {
      await mend();
      return (await current()).addPhoto(photo, jpeg, extras);
    },

    find(id) {
      for (const segment of segments) {
        const photo = segment.photos.get(id);
        if (photo) return { segment, photo };
      }
      const n = parseContentId(id)?.n;
      for (const segment of segments) {
        for (const photo of segment.photos.values()) if (photo.doc.n === n) return { segment, photo };
      }
      return undefined;
    },

    hasName: (name) =>
      segments.some(({ photos }) => [...photos.values()].some(({ doc }) => doc.name === name)),

    mend,
    destroyedPhotos: destroyed.photosOf,

    async destroyFinished({ verifiedBefore, goOn = async () => true }) {
      const finished = segments.filter((segment) => isFinished(segment, verifiedBefore));
      let count = 0;
      for (const segment of finished) {
        if (!(await goOn())) break;
        count += 1;
        await destroyed.add(
          segment.name,
          [...segment.photos.values()].map(({ original }) => original.event),
        );
        segments.splice(segments.indexOf(segment), 1);
        await segment.close();
        // Renamed first: a folder of which a power cut left half would not open, and stop the booth.
        await rename(join(dir, segment.name), join(dir, segment.name + FINISHED));
        await syncFolder(dir);
        await rm(join(dir, segment.name + FINISHED), { recursive: true });
      }
      return count;
    },

    async close() {
      for (const segment of segments) {
        await segment.close().catch((error: unknown) => {
          if (!segment.failed) throw error; // such a one may be closed already
        });
      }
    },
  };
}

/** What the work gives of each, in their order, so many at once. When one fails, those under way end before that is told. */
async function mapInLanes<T, R>(all: T[], lanes: number, work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = all.entries();
  const lane = async () => {
    for (const [at, one] of left) results[at] = await work(one);
  };
  for (const ended of await Promise.allSettled(Array.from({ length: lanes }, lane)))
    if (ended.status === 'rejected') throw ended.reason;
  return results;
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

function isFinished({ photos, verifiedAt }: Segment, verifiedBefore: Date): boolean {
  // The one that takes what comes is empty at first, and nothing of it was ever verified.
  if (!verifiedAt || verifiedAt > verifiedBefore) return false;
  return [...photos.values()].every(
    (photo) => (photo.preview || photo.previewImpossible) && docsOf(photo).every((doc) => doc.verified),
  );
}
