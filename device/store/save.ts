import { createHash } from 'node:crypto';
import { type BoothId, type EventId, idTime, type PhotoDoc, photoId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ExtraFiles } from './extra-files.ts';
import { describeExtras, type Extra, type Extras, type SizedShot } from './extras.ts';
import type { PhotoFolder } from './folder.ts';
import { checkJpeg, type JpegCheck } from './jpeg.ts';
import type { Ledger } from './ledger.ts';
import { localIso, photoName } from './photo-name.ts';
import type { PhotoQueue } from './queue.ts';

/** The reason why bytes are not taken for a photo. */
export type Rejection = (JpegCheck & { kind: 'rejected' })['reason'];

export interface Saved {
  kind: 'saved';
  id: string;
  n: number;
  name: string;
}

export type SaveOutcome =
  | Saved
  | { kind: 'rejected'; reason: Rejection }
  | { kind: 'full'; freeBytes: number; reserveBytes: number };

export interface Saver {
  /**
   * Saves one photo: when it resolves with `saved`, the photo would survive the plug being pulled, with all that is
   * kept beside it. Two copies are written at once: the file (as `<name>.part`, synced, then its name, which is never
   * that of another photo) and the document in the queue, synced; the queue's only after the photo's line in the
   * ledger. So are shots and clips. Cut anywhere, recover.ts finds what to do from what is there.
   *
   * @param key what the sender calls this attempt. Who got no answer asks again under the same key, and gets the
   * photo that was saved: it is not saved twice.
   */
  save(jpeg: Buffer, key?: string, extras?: Extras): Promise<SaveOutcome>;
  /** The photo that was saved under the key, if that was lately and it is still here. */
  savedUnder(key: string): Saved | undefined;
  /** Makes and writes down the document of a photo that is in the folder already. */
  describe(jpeg: Buffer, name: string, taken: Date): Promise<PhotoDoc | undefined>;
  /** A name that no photo ever had. */
  freeName(taken: Date): Promise<string>;
}

/** Not safe to be called again before it has resolved: the store calls one after the other. */
export function createSaver(o: {
  folder: PhotoFolder;
  extraFiles: ExtraFiles;
  queue: PhotoQueue;
  ledger: Ledger;
  booth: BoothId;
  /** The event that photos are taken at just now, if it is known. */
  event(): EventId | undefined;
  maxPhotoBytes: number;
  space(): Promise<{ freeBytes: number; reserveBytes: number; full: boolean }>;
  clock: Clock;
  log: Logger;
}): Saver {
  const { folder, extraFiles, queue, ledger, booth, clock, log } = o;

  function makeDoc(picture: Picture, taken: Date, name: string, made?: Extras['made']): PhotoDoc {
    const { jpeg, md5Hex, width, height } = picture;
    const n = ledger.next();
    const event = o.event();
    return {
      _id: photoId({ time: idTime(taken), booth, n }, md5Hex),
      type: 'photo',
      booth,
      n,
      ...(event && { event }),
      name,
      takenAt: localIso(taken),
      width,
      height,
      bytes: jpeg.length,
      clock: clock.reading(),
      ...(made && { made }),
    };
  }

  async function freeName(taken: Date): Promise<string> {
    for (let ordinal = 1; ; ordinal += 1) {
      const name = photoName(taken, ordinal);
      if (!ledger.isGiven(name) && !queue.hasName(name) && !(await folder.has(name))) return name;
    }
  }

  /** The copy in the folder. False: there was no room for it, or somebody has put a file of its name there. */
  async function writeFile(name: string, jpeg: Buffer): Promise<boolean> {
    try {
      await folder.writePart(name, jpeg);
      return await folder.publish(name);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      await folder.discardPart(name);
      return false;
    }
  }

  /** Second copies: a photo is saved without, when they cannot be written. Never rejects. */
  async function copyExtras(extras: Extra[]): Promise<void> {
    const docs = extras.map(({ doc }) => doc);
    try {
      await extraFiles.write(extras);
    } catch (error) {
      log.warn({ err: error, extras: docs.map(({ _id }) => _id) }, 'no second copy of shots or clips');
      await extraFiles.remove(docs).catch(() => undefined); // what is left is known by its content
    }
  }

  async function write(
    picture: Picture,
    { key, made, shots, clips }: { key: string | undefined; made: Extras['made'] } & Sized,
  ): Promise<SaveOutcome> {
    const taken = clock.now();
    const name = await freeName(taken);
    const filing = writeFile(name, picture.jpeg);
    const entering = (async () => {
      const photo = makeDoc(picture, taken, name, made);
      const extras = describeExtras(photo, shots, clips);
      const docs = extras.map(({ doc }) => doc);
      const copying = copyExtras(extras);
      try {
        await ledger.append(photo, { key, extras: docs });
        await queue.addPhoto(photo, picture.jpeg, extras);
      } catch (error) {
        await copying;
        await extraFiles.remove(docs);
        throw error;
      }
      await copying;
      return photo;
    })();
    const [filed, entered] = await Promise.allSettled([filing, entering]);
    if (entered.status === 'rejected') {
      // Without its entry a file would be entered at the next start, and the sender was told that it is not saved.
      if (filed.status === 'fulfilled' && filed.value) await folder.remove([name]);
      if (!isDiskFull(entered.reason)) throw entered.reason;
      const { freeBytes, reserveBytes } = await o.space();
      return { kind: 'full', freeBytes, reserveBytes };
    }
    // Saved all the same: the second copy is the first that a full disk does without.
    if (filed.status === 'rejected') log.error({ err: filed.reason, name }, 'no second copy of a photo');
    else if (!filed.value) log.warn({ name }, 'no room for the second copy of a photo');
    return saved(entered.value);
  }

  function savedUnder(key: string): Saved | undefined {
    const before = ledger.findByKey(key);
    const known = before && queue.find(before._id);
    return known && saved(known.photo.doc);
  }

  return {
    savedUnder,

    async save(jpeg, key, { made, shots = [], clips = [] } = {}) {
      const known = key === undefined ? undefined : savedUnder(key);
      if (known) return known;
      const [picture, { full, ...space }] = await Promise.all([look(jpeg, o.maxPhotoBytes), o.space()]);
      if (picture.kind === 'rejected') return picture;
      const sized: SizedShot[] = [];
      for (const shot of shots) {
        const checked = await checkJpeg(shot, o.maxPhotoBytes);
        if (checked.kind === 'rejected') return checked;
        sized.push({ jpeg: shot, ...checked });
      }
      return full ? { kind: 'full', ...space } : write(picture, { key, made, shots: sized, clips });
    },

    async describe(jpeg, name, taken) {
      const picture = await look(jpeg, Number.POSITIVE_INFINITY);
      if (picture.kind === 'rejected') return undefined;
      const photo = makeDoc(picture, taken, name);
      await ledger.append(photo);
      return photo;
    },

    freeName,
  };
}

/** A JPEG that was looked at. */
type Picture = JpegCheck & { kind: 'jpeg' } & { jpeg: Buffer; md5Hex: string };

async function look(jpeg: Buffer, maxBytes: number): Promise<Picture | (JpegCheck & { kind: 'rejected' })> {
  const checking = checkJpeg(jpeg, maxBytes);
  const md5Hex = createHash('md5').update(jpeg).digest('hex'); // while another thread reads the header
  const check = await checking;
  return check.kind === 'rejected' ? check : { ...check, jpeg, md5Hex };
}

interface Sized {
  shots: SizedShot[];
  clips: NonNullable<Extras['clips']>;
}

const saved = ({ _id, n, name }: PhotoDoc): Saved => ({ kind: 'saved', id: _id, n, name });

/** LevelDB reports a full disk only in its message. */
function isDiskFull(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || /no space left/i.test(message);
}
