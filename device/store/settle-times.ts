import { type BoothId, idTime, type PhotoDoc, parsePhotoId, photoId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { follow } from './extras.ts';
import type { PhotoFolder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import { localIso } from './photo-name.ts';
import type { PhotoQueue } from './queue.ts';
import { rightTimes } from './right-times.ts';
import type { QueuedPhoto, Segment } from './segment.ts';

/**
 * Gives photos that were taken by a wrong clock the id, name and time that they should have had, before they are
 * sent for the first time: ids sort by time, and on the server nothing of a photo is ever changed. Number and
 * booth stay, and so does the share link; its shots and clips follow it. Each photo is decided upon once: what was sent may not change any more.
 *
 * To be called when a server has answered. Should it not have said the time, photos keep what they have: better a
 * photo of 1970 in the gallery than none. A power cut leaves each photo as it was or as it shall be: the line in the
 * ledger first, then the exchange in the queue (one batch), then the file's name, which recover.ts gives it if it
 * has come no further.
 */
export async function settleTimes({
  queue,
  ledger,
  folder,
  booth,
  clock,
  freeName,
  inTurn,
  log,
}: {
  queue: PhotoQueue;
  ledger: Ledger;
  folder: PhotoFolder;
  booth: BoothId;
  clock: Clock;
  freeName(taken: Date): Promise<string>;
  /** Photos are saved between one and the next. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  log: Logger;
}): Promise<void> {
  const reading = clock.reading();
  const undecided = queue.segments().map((segment) => ({
    segment,
    upTo: Math.max(0, ...[...segment.photos.values()].map(({ doc }) => doc.n)),
    photos: [...segment.photos.values()].filter(({ doc }) => doc.n > segment.timedUpTo),
  }));
  const taken = undecided.flatMap(({ photos }) =>
    photos.map(({ doc: { n, takenAt, clock } }) => ({ n, takenAt: new Date(takenAt), clock })),
  );
  const known = { ...reading, now: clock.now(), behindMs: clock.behindMs() };
  const right = reading.trusted ? rightTimes(taken, known) : new Map<number, Date>();

  async function correct(segment: Segment, photo: QueuedPhoto, time: Date): Promise<void> {
    const { doc } = photo;
    const md5Hex = parsePhotoId(doc._id)?.md5Hex;
    if (!md5Hex) throw new TypeError(`not the id of a photo: ${doc._id}`);
    const corrected: PhotoDoc = {
      ...doc,
      _id: photoId({ time: idTime(time), booth, n: doc.n }, md5Hex),
      name: await freeName(time),
      takenAt: localIso(time),
      // Of an earlier start of the machine it is only the best guess.
      clock: { ...doc.clock, trusted: doc.clock.bootId === reading.bootId },
    };
    await ledger.append(corrected, { extras: photo.extras.map((extra) => follow(corrected, extra.doc)) });
    await segment.replace(photo, corrected);
    await folder.rename(doc.name, corrected.name);
    log.info(
      { photo: corrected._id, from: doc.takenAt, to: corrected.takenAt },
      'set the time of a photo right',
    );
  }

  for (const { segment, photos, upTo } of undecided) {
    for (const photo of photos) {
      const time = right.get(photo.doc.n);
      if (time) await inTurn(() => correct(segment, photo, time));
    }
    if (photos.length > 0) await inTurn(() => segment.markTimed(upTo));
  }
}
