import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { PhotoDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { ExtraFiles } from './extra-files.ts';
import type { Extra } from './extras.ts';
import { isPart, type PhotoFolder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import { timeOfName } from './photo-name.ts';
import type { PhotoQueue } from './queue.ts';
import type { QueuedPhoto } from './segment.ts';

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const md5In = (id: string): string => id.slice(-32);

interface Recovery {
  folder: PhotoFolder;
  extraFiles: ExtraFiles;
  queue: PhotoQueue;
  ledger: Ledger;
  /** Describes a photo of which neither queue nor ledger know. Undefined when it is no whole JPEG. */
  describe(jpeg: Buffer, name: string, taken: Date): Promise<PhotoDoc | undefined>;
  now(): Date;
  log: Logger;
}

/**
 * Makes folder and queue agree again after the plug was pulled at any line of a save or of a sync: a photo that the
 * server was seen to have is let go of, a file that had not got its name yet gets it, and half-written files are
 * set aside. An entry without file needs nothing: its attachment is the second copy. The same for shots and clips,
 * whose files go and come with that of their photo.
 *
 * Gives the files that have no entry in the queue, to be entered one by one ({@link enterAgain}): after the loss of
 * a whole queue these are thousands, and the booth takes photos meanwhile.
 */
export async function recover(recovery: Recovery): Promise<string[]> {
  const { folder, queue, ledger, now, log } = recovery;
  const byName = new Map<string, QueuedPhoto>();
  const byNumber = new Map<number, QueuedPhoto>();
  for (const segment of queue.segments()) {
    for (const photo of segment.photos.values()) {
      byName.set(photo.doc.name, photo);
      byNumber.set(photo.doc.n, photo);
    }
  }

  /** A file that is a photo of the queue, of which a power cut kept another name; true when all is well with it. */
  async function giveName(file: string, photo: QueuedPhoto | undefined): Promise<boolean> {
    if (!photo || (await folder.has(photo.doc.name))) return false;
    const bytes = await folder.read(file);
    if (!bytes || md5Of(bytes) !== md5In(photo.doc._id)) return false;
    return folder.rename(file, photo.doc.name);
  }

  const letGo: string[] = [];
  const toEnter: string[] = [];
  for (const file of await folder.names()) {
    const written = ledger.find(file);
    const known = byName.get(file);
    if (known && isLetGo(known)) letGo.push(file);
    else if (isPart(file)) {
      if (await giveName(file, byName.get(wholeName(file)))) continue;
      log.warn({ file }, 'set aside a file that is no whole photo');
      await folder.setAside(file, now());
    } else if (timeOfName(file) && !byName.has(file)) {
      if (written && (await giveName(file, byNumber.get(written.n)))) continue;
      toEnter.push(file);
    }
  }
  await folder.remove(letGo);
  await recoverExtras(recovery, byNumber, new Set(toEnter.map((file) => ledger.find(file)?.n)));
  return toEnter.sort((a, b) => (ledger.find(a)?.n ?? Infinity) - (ledger.find(b)?.n ?? Infinity));
}

/** Is all of it on the server that has a file here? Then the files go, all at once: one may be made again of them. */
export const isLetGo = ({ original, extras }: QueuedPhoto): boolean =>
  original.verified && extras.every(({ verified }) => verified);

async function recoverExtras(
  { extraFiles, now, log }: Recovery,
  inQueue: ReadonlyMap<number, QueuedPhoto>,
  toEnter: ReadonlySet<number | undefined>,
): Promise<void> {
  for (const { n, file } of await extraFiles.list()) {
    const photo = inQueue.get(n);
    const extra = photo?.extras.find(({ doc }) => basename(extraFiles.path(doc)) === file);
    if (photo && extra) {
      if (isLetGo(photo)) await extraFiles.remove([extra.doc]);
    } else if (!toEnter.has(n)) {
      log.warn({ file }, 'set aside a shot or clip that was never saved, or is damaged');
      await extraFiles.setAside(file, now());
    }
  }
}

/** Enters the photo in a file of the folder into the queue, unless it is there already; never twice. */
export async function enterAgain(
  file: string,
  { folder, extraFiles, queue, ledger, describe, now, log }: Recovery,
): Promise<void> {
  const jpeg = await folder.read(file);
  const taken = timeOfName(file);
  if (!jpeg || !taken || queue.hasName(file)) return;
  const md5Hex = md5Of(jpeg);
  const written = ledger.find(file);
  const isAsWritten = written !== undefined && md5In(written._id) === md5Hex;
  const isThere = queue.segments().some(({ photos }) =>
    // The same number, or (of a file that nobody wrote down) the same content, is the same photo.
    [...photos.values()].some(({ doc }) => (isAsWritten ? doc.n === written.n : md5In(doc._id) === md5Hex)),
  );
  const photo = isThere ? undefined : isAsWritten ? written : await describe(jpeg, file, taken);
  if (photo) {
    const extras: Extra[] = [];
    for (const doc of isAsWritten ? ledger.extrasOf(file) : []) {
      const bytes = await extraFiles.read(doc);
      if (bytes) extras.push({ doc, bytes });
      else log.warn({ extra: doc._id }, 'a shot or clip is not whole any more');
    }
    await queue.addPhoto(photo, jpeg, extras);
    log.warn({ photo: photo._id }, 'entered a photo again');
  } else {
    log.warn({ file }, isThere ? 'set aside a second copy of a photo' : 'set aside a file that is no photo');
    await folder.setAside(file, now());
  }
}

const wholeName = (part: string): string => part.replace(/\.part$/, '');
