import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '@photomaton/couch/durable-file';

/** The name of what is set aside: when it was, and what it was called. */
export const datedName = (name: string, now: Date): string =>
  `${now.toISOString().replaceAll(':', '')}_${name}`;

/** Moves a folder out of the way, durably; nothing is deleted unseen. Gives its name in `asideDir`. */
export async function setFolderAside(
  folder: string,
  { asideDir, as = basename(folder), now }: { asideDir: string; as?: string; now(): Date },
): Promise<string> {
  await mkdir(asideDir, { recursive: true });
  const aside = datedName(as, now());
  await rename(folder, join(asideDir, aside));
  await syncFolder(asideDir);
  await syncFolder(dirname(folder));
  return aside;
}
