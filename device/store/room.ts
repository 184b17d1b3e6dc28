import { PHOTO_ATTACHMENT } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { ExtraFiles } from './extra-files.ts';
import { attachmentOf } from './extras.ts';
import type { PhotoFolder } from './folder.ts';
import type { PhotoQueue } from './queue.ts';

/** Freed beyond the reserve, so that not every single photo has to look for room again. */
const AHEAD_BYTES = 64 * 2 ** 20;
const ANY_TIME = new Date(8.64e15);

/**
 * Makes room on a disk that is below its reserve: first photos go that are in the cloud, then the second copies of
 * those that are not, oldest first, after the copy in the queue was read and is whole. Never the last copy.
 */
export async function makeRoom({
  queue,
  folder,
  extraFiles,
  freeBytes,
  reserveBytes,
  log,
}: {
  queue: PhotoQueue;
  folder: PhotoFolder;
  extraFiles: ExtraFiles;
  freeBytes(): Promise<number>;
  reserveBytes: number;
  log: Logger;
}): Promise<void> {
  const isLow = async () => (await freeBytes()) < reserveBytes + AHEAD_BYTES;
  const segments = await queue.destroyFinished({ verifiedBefore: ANY_TIME, goOn: isLow });
  let secondCopies = 0;
  for (const segment of queue.segments()) {
    for (const { doc, original, extras } of segment.photos.values()) {
      if (!(await isLow())) break;
      for (const extra of extras) {
        const { name } = attachmentOf(extra.doc);
        if (!(await extraFiles.has(extra.doc)) || !(await segment.attachment(extra, name))) continue;
        await extraFiles.remove([extra.doc]);
        secondCopies += 1;
      }
      if (!(await folder.has(doc.name)) || !(await segment.attachment(original, PHOTO_ATTACHMENT))) continue;
      await folder.remove([doc.name]);
      secondCopies += 1;
    }
  }
  if (segments > 0 || secondCopies > 0) log.warn({ segments, secondCopies }, 'made room on the disk');
}
