import { createHash } from 'node:crypto';
import type { PhotoDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { isPart, type PhotoFolder } from './folder.ts';
import type { Ledger } from './ledger.ts';
import { timeOfName } from './photo-name.ts';
import type { PhotoQueue } from './queue.ts';

const md5Of = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');

/**
 * Makes folder and queue agree again after the plug was pulled at any line of a save or of a sync:
 * half-written files are set aside; a photo that has its name and no queue entry is entered, once; a photo
 * that the server was seen to have is let go of. An entry without file needs nothing: its attachment is the
 * second copy.
 */
export async function recover(o: {
  folder: PhotoFolder;
  queue: PhotoQueue;
  ledger: Ledger;
  /** Describes a photo of which neither queue nor ledger know. Undefined when it is no whole JPEG. */
  describe(jpeg: Buffer, name: string, taken: Date): Promise<PhotoDoc | undefined>;
  now(): Date;
  log: Logger;
}): Promise<void> {
  const { folder, queue, ledger, log } = o;
  const queued = new Map<string, { verified: boolean }>();
  const contents = new Set<string>();
  for (const segment of queue.segments()) {
    for (const { doc, original } of segment.photos.values()) {
      queued.set(doc.name, original);
      contents.add(doc._id.slice(-32));
    }
  }

  const setAside = async (name: string) => {
    log.warn({ file: name }, 'set aside a file that is no whole photo');
    await folder.setAside(name, o.now());
  };

  const letGo: string[] = [];
  for (const name of await folder.names()) {
    const taken = timeOfName(name);
    const entry = queued.get(name);
    if (isPart(name)) await setAside(name);
    else if (entry?.verified) letGo.push(name);
    else if (taken && !entry) {
      const jpeg = await folder.read(name);
      if (!jpeg) continue;
      const md5Hex = md5Of(jpeg);
      const written = ledger.find(name);
      const isAsWritten = written?._id.endsWith(md5Hex);
      if (!isAsWritten && contents.has(md5Hex)) {
        await setAside(name); // a second copy, under another name, of what is in the queue
        continue;
      }
      const photo = isAsWritten ? written : await o.describe(jpeg, name, taken);
      if (!photo) {
        await setAside(name);
        continue;
      }
      await queue.addPhoto(photo, jpeg);
      contents.add(md5Hex);
      log.warn({ photo: photo._id }, 'entered a photo again');
    }
  }
  await folder.remove(letGo);
}
