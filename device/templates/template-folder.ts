import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@photomaton/couch/durable-file';

/** A template as it lies on the disk, not judged yet. */
interface StoredTemplate {
  /** Which revision of whose template this is. */
  origin: string;
  layout: unknown;
  images: ReadonlyMap<string, Uint8Array>;
}

/**
 * The folder of templates: `<name>/template.json` and its pictures. After a power cut there is the old one or the new
 * one of a name, whole.
 */
export interface TemplateFolder {
  names(): Promise<string[]>;
  /** Undefined when it is not there, or cannot be read. */
  read(name: string): Promise<StoredTemplate | undefined>;
  write(name: string, template: StoredTemplate): Promise<void>;
  remove(name: string): Promise<void>;
}

const LAYOUT = 'template.json';
const ORIGIN = 'origin';
/** Being written; what a power cut leaves of it comes down again. */
const NEW = '.new-';
/** On its way out: it comes back when its successor has not got its name. */
const OLD = '.old-';

export async function openTemplateFolder(dir: string): Promise<TemplateFolder> {
  await mkdir(dir, { recursive: true });
  await syncFolder(dirname(dir));
  const path = (name: string) => join(dir, name);
  const isThere = (name: string) =>
    access(path(name)).then(
      () => true,
      () => false,
    );
  const discard = (name: string) => rm(path(name), { recursive: true, force: true });

  for (const name of await readdir(dir)) {
    if (name.startsWith(NEW)) await discard(name);
    if (!name.startsWith(OLD)) continue;
    const former = name.slice(OLD.length);
    if (await isThere(former)) await discard(name);
    else await rename(path(name), path(former));
  }
  await syncFolder(dir);

  async function writeFile(file: string, content: string | Uint8Array): Promise<void> {
    const handle = await open(file, 'w', 0o644);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  return {
    names: async () => (await readdir(dir)).filter((name) => !name.startsWith('.')),

    async read(name) {
      try {
        const files = (await readdir(path(name))).filter((file) => file !== LAYOUT && file !== ORIGIN);
        const images = new Map<string, Buffer>();
        for (const file of files) images.set(file, await readFile(join(path(name), file)));
        const layout: unknown = JSON.parse(await readFile(join(path(name), LAYOUT), 'utf8'));
        return { layout, images, origin: await readFile(join(path(name), ORIGIN), 'utf8') };
      } catch {
        return undefined; // whatever it is, there is no template in it; it comes down again
      }
    },

    async write(name, { origin, layout, images }) {
      const fresh = NEW + name;
      await discard(fresh);
      await mkdir(path(fresh));
      for (const [image, bytes] of images) await writeFile(join(path(fresh), image), bytes);
      await writeFile(join(path(fresh), LAYOUT), JSON.stringify(layout, null, 2));
      await writeFile(join(path(fresh), ORIGIN), origin);
      await syncFolder(path(fresh));
      // A folder is not renamed onto another that holds something.
      if (await isThere(name)) {
        await discard(OLD + name);
        await rename(path(name), path(OLD + name));
      }
      await rename(path(fresh), path(name));
      await syncFolder(dir);
      await discard(OLD + name);
    },

    async remove(name) {
      await discard(name);
      await syncFolder(dir);
    },
  };
}
