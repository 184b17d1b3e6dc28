import { link, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A disk that keeps no more than POSIX promises. What a program writes is seen at once by every program, but a
 * power cut takes it, unless it was synced: fsync of a file keeps its bytes and its size, and only fsync of a
 * folder keeps the names in it, those of new files too. Real file systems keep more, each something else.
 */
export interface Disk {
  mkdir(path: string): void;
  /** A new, empty file. */
  create(path: string): File;
  find(path: string): File | Folder | undefined;
  write(file: File, at: number, bytes: Buffer): void;
  truncate(file: File, size: number): void;
  sizeOf(file: File): number;
  link(from: string, to: string): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  /** Begins an fsync; what it gives ends it. It covers what was done before it began, and nothing later. */
  beginSync(node: File | Folder): () => void;

  /** What programs see. */
  asSeen(): Image;
  /** After a power cut on a disk that forgets everything that was not synced. */
  afterCut(): Image;
  /** After a power cut on a disk that keeps some of it: see {@link keepSome}. */
  afterCut(random: () => number): Image;
}

/** Paths begin below the disk's root. Two names of one file have the same Buffer. */
export interface Image {
  folders: string[];
  files: Map<string, Buffer>;
}

export interface File {
  readonly kind: 'file';
  synced: Buffer;
  /** Since then, oldest first. */
  changes: Change[];
  size: number;
}
type Change = { at: number; bytes: Buffer } | { size: number };

export interface Folder {
  readonly kind: 'folder';
  readonly seen: Names;
  readonly synced: Names;
}
type Names = Map<string, File | Folder>;

/** One change of one folder; a rename from one folder to another is two, which may be synced apart. */
interface Naming {
  folder: Folder;
  name: string;
  /** Undefined: the name is gone. */
  node: File | Folder | undefined;
}

/** What a disk writes whole. */
const BLOCK = 4096;

export function createDisk(initial: Image = { folders: [], files: new Map() }): Disk {
  const root = newFolder();
  /** Not synced, oldest first; what one call did is done at once. */
  let namings: Naming[][] = [];

  function folderAt(path: string): Folder {
    const node = find(path);
    if (node?.kind !== 'folder') throw new Error(`no folder: ${path}`);
    return node;
  }
  function find(path: string): File | Folder | undefined {
    let node: File | Folder | undefined = root;
    for (const name of path.split('/').filter((name) => name !== '' && name !== '.')) {
      node = node?.kind === 'folder' ? node.seen.get(name) : undefined;
    }
    return node;
  }
  function mustFind(path: string): File | Folder {
    const node = find(path);
    if (!node) throw new Error(`nothing there: ${path}`);
    return node;
  }

  function name(...changes: [path: string, node: File | Folder | undefined][]): void {
    const naming = changes.map(([path, node]) => {
      const cut = path.lastIndexOf('/');
      return { folder: folderAt(path.slice(0, Math.max(0, cut))), name: path.slice(cut + 1), node };
    });
    for (const change of naming) applyNaming(change.folder.seen, change);
    namings.push(naming);
  }
  function add<T extends File | Folder>(path: string, node: T): T {
    if (find(path)) throw new Error(`there already: ${path}`);
    name([path, node]);
    return node;
  }
  const newFile = (path: string, content: Buffer = Buffer.alloc(0)): File =>
    add(path, { kind: 'file', synced: content, changes: [], size: content.length });

  for (const path of initial.folders) add(path, newFolder());
  const byContent = new Map<Buffer, File>();
  for (const [path, content] of initial.files) {
    const known = byContent.get(content);
    if (known) add(path, known);
    else byContent.set(content, newFile(path, content));
  }
  for (const change of namings.splice(0).flat()) applyNaming(change.folder.synced, change);

  return {
    mkdir: (path) => void add(path, newFolder()),
    create: (path) => newFile(path),
    find,
    write(file, at, bytes) {
      file.changes.push({ at, bytes });
      file.size = Math.max(file.size, at + bytes.length);
    },
    truncate(file, size) {
      file.changes.push({ size });
      file.size = size;
    },
    sizeOf: ({ size }) => size,
    link: (from, to) => void add(to, mustFind(from)),
    rename: (from, to) => name([from, undefined], [to, mustFind(from)]),
    unlink(path) {
      if (mustFind(path).kind !== 'file') throw new Error(`no file: ${path}`);
      name([path, undefined]);
    },
    rmdir(path) {
      if (folderAt(path).seen.size > 0) throw new Error(`not empty: ${path}`);
      name([path, undefined]);
    },

    beginSync(node) {
      if (node.kind === 'file') {
        const covered = new Set(node.changes);
        return () => {
          node.synced = changed(
            node.synced,
            node.changes.filter((change) => covered.has(change)),
          );
          node.changes = node.changes.filter((change) => !covered.has(change));
        };
      }
      const covered = new Set(namings.flat().filter(({ folder }) => folder === node));
      return () => {
        for (const change of namings.flat()) if (covered.has(change)) applyNaming(node.synced, change);
        namings = namings
          .map((naming) => naming.filter((change) => !covered.has(change)))
          .filter((naming) => naming.length > 0);
      };
    },

    asSeen: () =>
      imageOf(
        root,
        ({ seen }) => seen,
        ({ synced, changes }) => changed(synced, changes),
      ),
    afterCut: (random?: () => number) =>
      random
        ? keepSome(root, namings, random)
        : imageOf(
            root,
            ({ synced }) => synced,
            ({ synced }) => synced,
          ),
  };
}

/**
 * The names change in the order in which programs changed them, and after some change no more (a journal of
 * metadata). Of the bytes of each file any block may have been written, or not; its size is the old or the new one.
 */
function keepSome(root: Folder, namings: Naming[][], random: () => number): Image {
  const kept = new Map<Folder, Names>();
  const namesOf = (folder: Folder): Names => {
    const names = kept.get(folder) ?? new Map(folder.synced);
    kept.set(folder, names);
    return names;
  };
  for (const change of namings.slice(0, Math.floor(random() * (namings.length + 1))).flat()) {
    applyNaming(namesOf(change.folder), change);
  }
  return imageOf(root, namesOf, (file) => {
    const { synced, changes } = file;
    if (changes.length === 0) return synced;
    const seen = changed(synced, changes);
    const content = Buffer.alloc(random() < 0.5 ? synced.length : seen.length);
    synced.copy(content);
    const share = random(); // some files lose nearly all, some nearly nothing
    for (let at = 0; at < content.length; at += BLOCK) {
      if (random() < share) seen.copy(content, at, at, at + BLOCK);
    }
    return content;
  });
}

const newFolder = (): Folder => ({ kind: 'folder', seen: new Map(), synced: new Map() });

function applyNaming(names: Names, { name, node }: Naming): void {
  if (node) names.set(name, node);
  else names.delete(name);
}

function changed(content: Buffer, changes: Change[]): Buffer {
  let size = content.length;
  let most = size;
  for (const change of changes) {
    size = 'size' in change ? change.size : Math.max(size, change.at + change.bytes.length);
    most = Math.max(most, size);
  }
  const result = Buffer.alloc(most);
  content.copy(result);
  for (const change of changes) {
    if ('size' in change) result.fill(0, change.size);
    else change.bytes.copy(result, change.at);
  }
  return result.subarray(0, size);
}

function imageOf(root: Folder, namesOf: (folder: Folder) => Names, contentOf: (file: File) => Buffer): Image {
  const image: Image = { folders: [], files: new Map() };
  const contents = new Map<File, Buffer>();
  const walk = (folder: Folder, path: string) => {
    for (const [name, node] of namesOf(folder)) {
      if (node.kind === 'folder') {
        image.folders.push(path + name);
        walk(node, `${path + name}/`);
      } else {
        const content = contents.get(node) ?? contentOf(node);
        contents.set(node, content);
        image.files.set(path + name, content);
      }
    }
  };
  walk(root, '');
  return image;
}

export async function readImage(dir: string): Promise<Image> {
  const image: Image = { folders: [], files: new Map() };
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(dir.length + 1);
    if (entry.isDirectory()) image.folders.push(name);
    else if (entry.isFile()) image.files.set(name, await readFile(path));
    else throw new Error(`neither file nor folder: ${path}`);
  }
  image.folders.sort(); // a folder before what is in it
  return image;
}

/** @param dir made; must not be there */
export async function writeImage(image: Image, dir: string): Promise<void> {
  await mkdir(dir);
  for (const path of image.folders) await mkdir(join(dir, path));
  const written = new Map<Buffer, string>();
  for (const [path, content] of image.files) {
    const first = written.get(content);
    if (first) await link(join(dir, first), join(dir, path));
    else await writeFile(join(dir, path), content, { mode: 0o600 });
    written.set(content, path);
  }
}
