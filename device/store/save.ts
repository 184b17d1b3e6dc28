import { createHash, randomUUID } from 'node:crypto';
import { type BoothId, idTime, type PhotoDoc, photoId } from '@photomaton/design-docs/docs';
import type { PhotoFolder } from './folder.ts';
import { checkJpeg, type JpegCheck } from './jpeg.ts';
import type { Ledger } from './ledger.ts';
import { localIso, photoName } from './photo-name.ts';
import type { PhotoQueue } from './queue.ts';

/** The reason why bytes are not taken for a photo. */
export type Rejection = (JpegCheck & { kind: 'rejected' })['reason'];

export type SaveOutcome =
  | { kind: 'saved'; id: string; n: number; name: string }
  | { kind: 'rejected'; reason: Rejection }
  | { kind: 'full'; freeBytes: number; reserveBytes: number };

export interface Saver {
  /**
   * Saves one photo: when it resolves with `saved`, the photo would survive the plug being pulled. In order:
   * the bytes under `<name>.part` and its line in the ledger, both synced; its name (never that of another
   * photo); its document in the queue, synced. Cut anywhere, recover.ts finds what to do from what is there.
   */
  save(jpeg: Buffer): Promise<SaveOutcome>;
  /** Makes and writes down the document of a photo that is in the folder already. */
  describe(jpeg: Buffer, name: string, taken: Date): Promise<PhotoDoc | undefined>;
}

/** Not safe to be called again before it has resolved: the store calls one after the other. */
export function createSaver(o: {
  folder: PhotoFolder;
  queue: PhotoQueue;
  ledger: Ledger;
  /** Names that are given: in the folder, or in the queue. */
  names: Set<string>;
  booth: BoothId;
  reserveBytes: number;
  maxPhotoBytes: number;
  freeBytes(): Promise<number>;
  now(): Date;
  clockIsTrusted(): boolean;
}): Saver {
  const { folder, queue, ledger, names, booth, reserveBytes } = o;
  const bootId = randomUUID();

  function makeDoc(
    jpeg: Buffer,
    size: { width: number; height: number },
    taken: Date,
  ): Omit<PhotoDoc, 'name'> {
    const md5Hex = createHash('md5').update(jpeg).digest('hex');
    const n = ledger.next();
    return {
      _id: photoId({ time: idTime(taken), booth, n }, md5Hex),
      type: 'photo',
      booth,
      n,
      takenAt: localIso(taken),
      width: size.width,
      height: size.height,
      bytes: jpeg.length,
      clock: { bootId, monotonicMs: Math.round(performance.now()), trusted: o.clockIsTrusted() },
    };
  }

  function freeName(taken: Date): string {
    for (let ordinal = 1; ; ordinal += 1) {
      const name = photoName(taken, ordinal);
      if (!names.has(name)) return name;
    }
  }

  async function write(jpeg: Buffer, size: { width: number; height: number }): Promise<SaveOutcome> {
    const taken = o.now();
    const part = freeName(taken);
    names.add(part);
    try {
      const writing = folder.writePart(part, jpeg); // the disk works while the MD5 is made
      let photo: PhotoDoc = { ...makeDoc(jpeg, size, taken), name: part };
      await Promise.all([writing, ledger.append(photo)]);
      while (!(await folder.publish(part, photo.name))) {
        photo = { ...photo, name: freeName(taken) };
        names.add(photo.name);
        await ledger.append(photo);
      }
      await queue.addPhoto(photo, jpeg);
      return { kind: 'saved', id: photo._id, n: photo.n, name: photo.name };
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await folder.discardPart(part);
      return { kind: 'full', freeBytes: await o.freeBytes(), reserveBytes };
    }
  }

  return {
    async save(jpeg) {
      const check = await checkJpeg(jpeg, o.maxPhotoBytes);
      if (check.kind === 'rejected') return check;
      const freeBytes = await o.freeBytes();
      return freeBytes < reserveBytes ? { kind: 'full', freeBytes, reserveBytes } : write(jpeg, check);
    },

    async describe(jpeg, name, taken) {
      const check = await checkJpeg(jpeg, Number.POSITIVE_INFINITY);
      if (check.kind === 'rejected') return undefined;
      const photo = { ...makeDoc(jpeg, check, taken), name };
      await ledger.append(photo);
      return photo;
    },
  };
}

/** LevelDB reports a full disk only in its message. */
function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left/i.test(message);
}
