import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PhotoDoc } from '@photomaton/design-docs/docs';
import { syncFolder } from '../durable-file.ts';
import { openSegment, type QueuedDoc, type QueuedPhoto, type Segment } from './segment.ts';

/**
 * PhotoQueue: a row of small databases, the last of which takes what comes. LevelDB gives no space back for
 * what is deleted in it, so a segment that is closed and fully verified is destroyed as a whole.
 */
export interface PhotoQueue {
  /** Oldest first. */
  segments(): readonly Segment[];
  addPhoto(photo: PhotoDoc, jpeg: Buffer): Promise<QueuedPhoto>;
  find(id: string): { segment: Segment; photo: QueuedPhoto } | undefined;
  /** Destroys the segments in which nothing waits any more, except the last; gives how many. */
  destroyFinished(): Promise<number>;
  close(): Promise<void>;
}

/** A segment is closed when it has either; small enough to be rewritten or lost to a defect cheaply. */
const MAX_BYTES = 256 * 2 ** 20;
const MAX_PHOTOS = 500;
const FINISHED = '.finished';

/** The documents of a photo: its original, and its preview once it is made. */
const docsOf = (photo: QueuedPhoto): QueuedDoc[] =>
  photo.preview ? [photo.preview, photo.original] : [photo.original];

export async function openQueue(
  dir: string,
  { maxBytes = MAX_BYTES, maxPhotos = MAX_PHOTOS }: { maxBytes?: number; maxPhotos?: number } = {},
): Promise<PhotoQueue> {
  await mkdir(dir, { recursive: true });
  await syncFolder(dirname(dir));
  const found = await readdir(dir);
  for (const name of found.filter((name) => name.endsWith(FINISHED)))
    await rm(join(dir, name), { recursive: true });
  const names = found.filter((name) => /^\d{4,}$/.test(name)).sort(byNumber);
  const segments: Segment[] = [];
  for (const name of names) segments.push(await openSegment(join(dir, name), name));

  async function current(): Promise<Segment> {
    const last = segments.at(-1);
    if (last && last.bytes < maxBytes && last.photos.size < maxPhotos) return last;
    const name = String(Number(last?.name ?? 0) + 1).padStart(4, '0');
    const segment = await openSegment(join(dir, name), name);
    segments.push(segment);
    return segment;
  }

  return {
    segments: () => segments,

    async addPhoto(photo, jpeg) {
      return (await current()).addPhoto(photo, jpeg);
    },

    find(id) {
      for (const segment of segments) {
        const photo = segment.photos.get(id);
        if (photo) return { segment, photo };
      }
      return undefined;
    },

    async destroyFinished() {
      const finished = segments.slice(0, -1).filter(isFinished);
      for (const segment of finished) {
        segments.splice(segments.indexOf(segment), 1);
        await segment.close();
        // Renamed first: a folder of which a power cut left half would not open, and stop the booth.
        await rename(join(dir, segment.name), join(dir, segment.name + FINISHED));
        await syncFolder(dir);
        await rm(join(dir, segment.name + FINISHED), { recursive: true });
      }
      return finished.length;
    },

    async close() {
      for (const segment of segments) await segment.close();
    },
  };
}

const byNumber = (a: string, b: string): number => Number(a) - Number(b);

function isFinished(segment: Segment): boolean {
  return [...segment.photos.values()].every(
    (photo) => (photo.preview || photo.previewImpossible) && docsOf(photo).every((doc) => doc.verified),
  );
}
