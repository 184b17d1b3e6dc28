import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readIfThere, syncFolder, writeDurably } from '@photomaton/couch/durable-file';
import type { FilterName } from '@photomaton/design-docs/template';
import { setFolderAside } from '../store/set-aside.ts';
import { splitFrames } from './frames.ts';

/** What the guest has chosen so far. */
export interface Choice {
  template: string;
  filter?: FilterName;
  language?: 'fr' | 'en';
  /** When the visit began. ISO 8601, UTC. */
  startedAt: string;
}

/** A visit as it lies on the disk. */
export interface StoredVisit {
  choice: Choice;
  shots: Map<number, Buffer>;
  /** The frames of its film. */
  frames?: Buffer[];
}

/**
 * Visits that are not finished: `<key>/visit.json`, then `<key>/<i>.jpg` and `<key>/clip.frames`, each durable when
 * its promise resolves, each replaced whole. What is here is a photo that a guest has seen.
 */
export interface VisitFolder {
  keys(): Promise<string[]>;
  choice(key: string): Promise<Choice | undefined>;
  read(key: string): Promise<StoredVisit | undefined>;
  putChoice(key: string, choice: Choice): Promise<void>;
  putShot(key: string, shot: number, jpeg: Buffer): Promise<void>;
  putFrames(key: string, frames: Buffer): Promise<void>;
  /** It stays gone after a power cut. */
  discard(key: string): Promise<void>;
  /** Moves it out of the way; nothing is deleted unseen. */
  setAside(key: string): Promise<void>;
}

const VISIT = 'visit.json';
const FRAMES = 'clip.frames';
const GONE = '.gone-';

export async function openVisitFolder(o: {
  dir: string;
  asideDir: string;
  now(): Date;
}): Promise<VisitFolder> {
  const { dir } = o;
  await mkdir(dir, { recursive: true });
  await syncFolder(dirname(dir));
  const path = (...names: string[]) => join(dir, ...names);
  for (const name of await readdir(dir)) if (name.startsWith(GONE)) await rm(path(name), { recursive: true });

  async function put(key: string, name: string, bytes: Buffer): Promise<void> {
    const part = path(key, `${name}.part`);
    const file = await open(part, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path(key, name));
    await syncFolder(path(key));
  }

  async function choice(key: string): Promise<Choice | undefined> {
    const text = await readIfThere(path(key, VISIT));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Choice;
    } catch {
      // The disk has damaged it: of no template that there is, its shots are photos of their own.
      return { template: '', startedAt: o.now().toISOString() };
    }
  }

  return {
    keys: async () => (await readdir(dir)).filter((name) => !name.startsWith('.')),
    choice,

    async read(key) {
      const chosen = await choice(key);
      if (!chosen) return undefined;
      const shots = new Map<number, Buffer>();
      const files = await readdir(path(key));
      for (const file of files.sort()) {
        const shot = /^(\d)\.jpg$/.exec(file)?.[1];
        if (shot !== undefined) shots.set(Number(shot), await readFile(path(key, file)));
      }
      const frames = files.includes(FRAMES) ? splitFrames(await readFile(path(key, FRAMES))) : undefined;
      return { choice: chosen, shots, ...(frames && { frames }) };
    },

    async putChoice(key, chosen) {
      await writeDurably(path(key, VISIT), JSON.stringify(chosen));
      await syncFolder(dir);
    },

    putShot: (key, shot, jpeg) => put(key, `${shot}.jpg`, jpeg),
    putFrames: (key, frames) => put(key, FRAMES, frames),

    async discard(key) {
      try {
        await rename(path(key), path(GONE + key));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
        throw error;
      }
      await syncFolder(dir);
      await rm(path(GONE + key), { recursive: true });
    },

    async setAside(key) {
      await setFolderAside(path(key), { asideDir: o.asideDir, as: `visit-${key}`, now: o.now });
    },
  };
}
