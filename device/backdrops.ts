import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '@photomaton/couch/durable-file';
import { digestOf } from '@photomaton/design-docs/docs';
import type { ImageWorker } from './image/index.ts';
import type { BoothDb } from './sync/booth-db.ts';

/**
 * What is seen in place of a green screen, as files of their own: the booth goes by the picture that was good last, as
 * it does by its settings, also after a start without a line and without its database. Called by its digest.
 */
export interface Backdrops {
  /** Makes sure that it is here, taking it from what came down. Why it cannot be; undefined when it is. Never rejects. */
  take(digest: string): Promise<string | undefined>;
  /** Undefined when it is not here, or not whole any more: photos are made without. */
  read(digest: string): Promise<Buffer | undefined>;
  /** Removes all others. */
  keepOnly(digest: string | undefined): Promise<void>;
}

export async function openBackdrops({
  dir,
  boothDb,
  images,
}: {
  dir: string;
  boothDb: Pick<BoothDb, 'backdrop'>;
  images: Pick<ImageWorker, 'checkPicture'>;
}): Promise<Backdrops> {
  await mkdir(dir, { recursive: true });
  /** The last one, since every slot asks for it. */
  let known: { digest: string; bytes: Buffer } | undefined;

  async function read(digest: string): Promise<Buffer | undefined> {
    if (known?.digest === digest) return known.bytes;
    const bytes = await readFile(join(dir, nameOf(digest))).catch(() => undefined);
    // The disk may have damaged it.
    if (!bytes || digestIn(bytes) !== digest) return undefined;
    known = { digest, bytes };
    return bytes;
  }

  async function take(digest: string): Promise<string | undefined> {
    if (await read(digest)) return undefined;
    const came = await boothDb.backdrop();
    if (came?.digest !== digest) return 'its picture did not come with it';
    if (digestIn(came.bytes) !== digest) return 'its picture is not whole';
    const checked = await images.checkPicture(came.bytes, 'its picture');
    if (checked.kind === 'refused') return checked.problem;
    if (checked.kind === 'failed') return `its picture could not be looked at: ${checked.reason}`;
    await writeDurably(join(dir, nameOf(digest)), came.bytes);
    known = came;
    return undefined;
  }

  return {
    // The booth's own database or disk: the next cycle tries again.
    take: (digest) => take(digest).catch((error: Error) => `its picture is not to be had: ${error.message}`),
    read,
    async keepOnly(digest) {
      const kept = digest && nameOf(digest);
      for (const file of await readdir(dir)) if (file !== kept) await rm(join(dir, file), { force: true });
      if (known?.digest !== digest) known = undefined;
    },
  };
}

const digestIn = (bytes: Buffer): string => digestOf(createHash('md5').update(bytes).digest('hex'));

/** Base64 has slashes. */
const nameOf = (digest: string): string =>
  `${Buffer.from(digest.slice('md5-'.length), 'base64').toString('hex')}.jpg`;
