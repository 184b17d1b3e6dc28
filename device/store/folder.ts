import { access, link, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '@photomaton/couch/durable-file';
import { datedName } from './set-aside.ts';

/** The folder of photos: whole JPEGs under their names, and nothing that a power cut left half-written. */
export interface PhotoFolder {
  /** Names of the files that are there. */
  names(): Promise<string[]>;
  /** Writes the bytes durably under `<name>.part`. */
  writePart(name: string, jpeg: Buffer): Promise<void>;
  /** Gives `<name>.part` its final name, durably. False, and nothing changed, when there is such a file. */
  publish(name: string): Promise<boolean>;
  discardPart(name: string): Promise<void>;
  has(name: string): Promise<boolean>;
  /** Gives a photo another name, durably. False, and nothing changed, when there is such a file, or no such photo. */
  rename(from: string, to: string): Promise<boolean>;
  /** Where the file of that name is, or would be. */
  path(name: string): string;
  /** Undefined when there is no such file. */
  read(name: string): Promise<Buffer | undefined>;
  /** Removes the files; they stay gone after a power cut. */
  remove(names: string[]): Promise<void>;
  /** Moves a file that is no photo out of the way, under a dated name; it is not deleted. */
  setAside(name: string, now: Date): Promise<void>;
}

const PART = '.part';
export const isPart = (name: string): boolean => name.endsWith(PART);

/** Opens (makes) the folder. What it sets aside goes to `asideDir`. */
export async function openPhotoFolder(dir: string, asideDir: string): Promise<PhotoFolder> {
  for (const folder of [dir, asideDir]) {
    await mkdir(folder, { recursive: true });
    await syncFolder(dirname(folder));
  }
  const path = (name: string) => join(dir, basename(name));

  async function move(from: string, to: string): Promise<boolean> {
    try {
      await link(path(from), path(to)); // rename would overwrite; link refuses
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' || code === 'ENOENT') return false;
      throw error;
    }
    await unlink(path(from));
    await syncFolder(dir);
    return true;
  }

  return {
    names: () => readdir(dir),
    path,

    async writePart(name, jpeg) {
      const file = await open(path(name + PART), 'w', 0o644);
      try {
        await file.writeFile(jpeg);
        await file.sync();
      } finally {
        await file.close();
      }
    },

    publish: (name) => move(name + PART, name),
    rename: move,
    discardPart: (name) => unlinkIfThere(path(name + PART)),

    has: (name) =>
      access(path(name)).then(
        () => true,
        () => false,
      ),

    async read(name) {
      try {
        return await readFile(path(name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },

    async remove(names) {
      for (const name of names) await unlinkIfThere(path(name));
      if (names.length > 0) await syncFolder(dir);
    },

    async setAside(name, now) {
      const { nlink } = await stat(path(name));
      if (isPart(name) && nlink > 1) {
        await unlink(path(name)); // cut between link and unlink: the photo has its name already
        return;
      }
      await rename(path(name), join(asideDir, datedName(basename(name), now)));
      await syncFolder(asideDir);
      await syncFolder(dir);
    },
  };
}

async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
