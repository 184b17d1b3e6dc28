import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Small files that must survive the plug being pulled: temporary file, fsync, rename, fsync of the folder.
 * Readable by the owner only, since most of them hold secrets.
 */

/** Replaces the file, and makes its folder if absent: after a power cut its old or its new content is there, whole. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`; // always the same: what a crash leaves is used up by the next write
  await writeTemporary(temporary, content);
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** What the file holds, after making it with `make()` when there is none. Two at once get the same. */
export async function readOrCreate(path: string, make: () => string): Promise<string> {
  const found = await readIfThere(path);
  if (found !== undefined) return found;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeTemporary(temporary, make());
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

/** Makes names that were added to, or taken from, a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeTemporary(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w', 0o600);
  try {
    // A left-over from a crash keeps its old mode when it is opened again.
    await file.chmod(0o600);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
