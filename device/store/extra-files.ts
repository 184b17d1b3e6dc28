import { createHash } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@photomaton/couch/durable-file';
import type { ExtraDoc } from '@photomaton/design-docs/docs';
import { attachmentOf, type Extra, md5In } from './extras.ts';
import { datedName } from './set-aside.ts';

/**
 * The second copies of shots and clips. A file is called after the number of its photo, which is never given again
 * and stays when the time is corrected, and after its content, `7-<md5>.jpg`: a torn one is told from a whole one, so
 * it needs no other name while it is written.
 */
export interface ExtraFiles {
  /** What is there: the number of the photo, and the file. */
  list(): Promise<{ n: number; file: string }[]>;
  /** Resolves when all of them would survive a power cut. */
  write(extras: Extra[]): Promise<void>;
  has(doc: ExtraDoc): Promise<boolean>;
  /** Undefined when it is not there, or not whole. */
  read(doc: ExtraDoc): Promise<Buffer | undefined>;
  /** Where the file is, or would be. Its bytes are not checked. */
  path(doc: ExtraDoc): string;
  /** Removes them; they stay gone after a power cut. */
  remove(docs: ExtraDoc[]): Promise<void>;
  /** Moves a file that belongs to no photo out of the way, under a dated name. */
  setAside(file: string, now: Date): Promise<void>;
}

const FILE = /^([1-9]\d*)-[0-9a-f]{32}\.(jpg|mp4|webp)$/;
const nameOf = (doc: ExtraDoc): string =>
  `${doc.n}-${md5In(doc)}.${attachmentOf(doc).name.split('.').at(-1)}`;

/** Opens (makes) the folder. What it sets aside goes to `asideDir`. */
export async function openExtraFiles(dir: string, asideDir: string): Promise<ExtraFiles> {
  await mkdir(dir, { recursive: true });
  await syncFolder(dirname(dir));
  const path = (doc: ExtraDoc) => join(dir, nameOf(doc));

  return {
    path,

    async list() {
      const files = await readdir(dir);
      return files.flatMap((file) => {
        const n = Number(FILE.exec(file)?.[1]);
        return Number.isSafeInteger(n) ? [{ n, file }] : [];
      });
    },

    async write(extras) {
      for (const { doc, bytes } of extras) {
        const file = await open(path(doc), 'w', 0o644);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
      }
      if (extras.length > 0) await syncFolder(dir);
    },

    has: (doc) =>
      access(path(doc)).then(
        () => true,
        () => false,
      ),

    async read(doc) {
      const bytes = await readFile(path(doc)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      return bytes && createHash('md5').update(bytes).digest('hex') === md5In(doc) ? bytes : undefined;
    },

    async remove(docs) {
      for (const doc of docs) await rm(path(doc), { force: true });
      if (docs.length > 0) await syncFolder(dir);
    },

    async setAside(file, now) {
      await rename(join(dir, file), join(asideDir, datedName(file, now)));
      await syncFolder(asideDir);
      await syncFolder(dir);
    },
  };
}
