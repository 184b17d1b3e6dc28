import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Small files that must survive the plug being pulled: temporary file, fsync, rename, fsync of the folder.
 * Readable by the owner only, since all of them hold secrets.
 */

/** Replaces the file. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = await writeTemporary(path, text);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** What the file holds, after making it with `make()` when there is none. Two at once get the same. */
export async function readOrCreate(path: string, make: () => string): Promise<string> {
  const found = await readIfThere(path);
  if (found !== undefined) return found;
  const temporary = await writeTemporary(path, make());
  try {
    // A link, unlike a rename, fails when another process was first.
    await link(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
  await syncFolder(dirname(path));
  return await readFile(path, 'utf8');
}

/** What the file holds, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeTemporary(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return temporary;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
