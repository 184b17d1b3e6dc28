import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDisk, type Disk, type File, type Image, readImage, writeImage } from './powercut/disk.ts';
import { seeded } from './seeded.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** A disk that has one file in one folder, all of it synced. */
function diskWith(content: string): { disk: Disk; file: File } {
  const disk = createDisk({ folders: ['photos'], files: new Map([['photos/a', bytes(content)]]) });
  const file = disk.find('photos/a');
  assert.ok(file?.kind === 'file');
  return { disk, file };
}

function sync(disk: Disk, path: string): void {
  const node = disk.find(path);
  assert.ok(node);
  disk.beginSync(node)();
}

const say = ({ folders, files }: Image): string =>
  [...folders.map((path) => `${path}/`), ...[...files].map(([path, content]) => `${path}=${content}`)].join(
    ' ',
  );

/** What may be left, of a thousand cuts that keep something. */
const possible = (disk: Disk): string[] =>
  [...new Set(Array.from({ length: 1000 }, (_, seed) => say(disk.afterCut(seeded(seed)))))].sort();

test('a write that was not synced is seen, and forgotten', () => {
  const { disk, file } = diskWith('old');
  disk.write(file, 1, bytes('NEW'));
  assert.equal(say(disk.asSeen()), 'photos/ photos/a=oNEW');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, 'photos'); // a folder's names are not a file's bytes
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, 'photos/a');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=oNEW');
  assert.deepEqual(possible(disk), ['photos/ photos/a=oNEW']);
});

test('a file that got shorter is long again', () => {
  const { disk, file } = diskWith('old');
  disk.truncate(file, 0);
  disk.write(file, 0, bytes('n'));
  assert.equal(say(disk.asSeen()), 'photos/ photos/a=n');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, 'photos/a');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=n');
});

test('a hole and what comes back after a truncation are zeros', () => {
  const { disk, file } = diskWith('old');
  disk.truncate(file, 1);
  disk.write(file, 3, bytes('n'));
  assert.equal(say(disk.asSeen()), 'photos/ photos/a=o\0\0n');
});

test('a new file without fsync of its folder is gone, though its bytes were synced', () => {
  const { disk } = diskWith('old');
  disk.write(disk.create('photos/b'), 0, bytes('new'));
  sync(disk, 'photos/b');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, 'photos');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old photos/b=new');
});

test('a new file without fsync of its own has a name, and may have nothing else', () => {
  const { disk } = diskWith('old');
  disk.write(disk.create('photos/b'), 0, bytes('new'));
  sync(disk, 'photos');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old photos/b=');
  assert.deepEqual(possible(disk), [
    'photos/ photos/a=old photos/b=',
    'photos/ photos/a=old photos/b=\0\0\0',
    'photos/ photos/a=old photos/b=new',
  ]);
});

test('a rename is forgotten, and is never half done', () => {
  const { disk } = diskWith('old');
  const next = disk.create('photos/a.tmp');
  disk.write(next, 0, bytes('new'));
  sync(disk, 'photos/a.tmp');
  sync(disk, 'photos');
  disk.rename('photos/a.tmp', 'photos/a');
  const [old, renamed] = ['photos/ photos/a=old photos/a.tmp=new', 'photos/ photos/a=new'];
  assert.equal(say(disk.asSeen()), renamed);
  assert.equal(say(disk.afterCut()), old);
  assert.deepEqual(possible(disk), [renamed, old]);
  sync(disk, 'photos');
  assert.deepEqual(possible(disk), [renamed]);
});

test('links, removals and folders last when their folder is synced', () => {
  const { disk } = diskWith('old');
  disk.link('photos/a', 'photos/b');
  disk.unlink('photos/a');
  disk.mkdir('aside');
  assert.equal(say(disk.asSeen()), 'photos/ aside/ photos/b=old');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, 'photos');
  assert.equal(say(disk.afterCut()), 'photos/ photos/b=old');
  sync(disk, '');
  disk.rmdir('aside');
  assert.equal(say(disk.afterCut()), 'photos/ aside/ photos/b=old');
  sync(disk, '');
  assert.equal(say(disk.afterCut()), 'photos/ photos/b=old');
});

test('what is in a new folder needs the fsync of both', () => {
  const { disk } = diskWith('old');
  disk.mkdir('queue');
  disk.create('queue/log');
  sync(disk, 'queue');
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  sync(disk, '');
  assert.equal(say(disk.afterCut()), 'photos/ queue/ photos/a=old queue/log=');
});

test('names that are kept are kept in their order', () => {
  const { disk } = diskWith('old');
  for (const name of ['b', 'c']) disk.create(`photos/${name}`);
  assert.deepEqual(possible(disk), [
    'photos/ photos/a=old',
    'photos/ photos/a=old photos/b=',
    'photos/ photos/a=old photos/b= photos/c=',
  ]);
});

test('a write of several blocks may be torn anywhere between them', () => {
  const { disk, file } = diskWith('a'.repeat(3 * 4096));
  disk.write(file, 0, bytes('b'.repeat(3 * 4096)));
  const torn = possible(disk).map((image) => image.replaceAll(/([ab])\1{4095}/g, '$1').slice(-3));
  assert.deepEqual(torn, ['aaa', 'aab', 'aba', 'abb', 'baa', 'bab', 'bba', 'bbb']);
});

test('fsync covers what was there when it began, and nothing before it has ended', () => {
  const { disk, file } = diskWith('old');
  disk.write(file, 0, bytes('1'));
  const end = disk.beginSync(file);
  disk.write(file, 1, bytes('2'));
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=old');
  end();
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=1ld');
  const folder = disk.find('photos');
  assert.ok(folder);
  disk.create('photos/b');
  const endOfFolder = disk.beginSync(folder);
  disk.create('photos/c');
  endOfFolder();
  assert.equal(say(disk.afterCut()), 'photos/ photos/a=1ld photos/b=');
});

test('what programs could not have done is an error', () => {
  const { disk } = diskWith('old');
  assert.throws(() => disk.create('photos/a'), /there already/);
  assert.throws(() => disk.link('photos/a', 'photos/a'), /there already/);
  assert.throws(() => disk.create('nowhere/a'), /no folder/);
  assert.throws(() => disk.rename('photos/b', 'photos/c'), /nothing there/);
  assert.throws(() => disk.unlink('photos'), /no file/);
  assert.throws(() => disk.rmdir('photos'), /not empty/);
});

test('an image goes to a real folder and comes back; two names of one file stay that', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'photomaton-disk-'));
  t.after(() => rm(parent, { recursive: true }));
  const { disk } = diskWith('old');
  disk.mkdir('empty');
  disk.link('photos/a', 'photos/b');
  await writeImage(disk.asSeen(), join(parent, 'data'));
  assert.equal(say(await readImage(join(parent, 'data'))), 'empty/ photos/ photos/a=old photos/b=old');
  assert.equal((await stat(join(parent, 'data/photos/a'))).nlink, 2);
  await assert.rejects(mkdir(join(parent, 'data/empty')), { code: 'EEXIST' });
});
