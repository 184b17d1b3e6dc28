import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readIfThere, readOrCreate, writeDurably } from '../durable-file.ts';

async function tempFolder(t: { after(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-durable-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a file is replaced whole, for its owner only, and nothing else is left in its folder', async (t) => {
  const folder = join(await tempFolder(t), 'new', 'folder');
  const path = join(folder, 'one');
  assert.equal(await readIfThere(path), undefined);
  await writeDurably(path, 'first, and longer');
  await writeDurably(path, 'second');
  assert.equal(await readIfThere(path), 'second');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['one']);
});

test('two that create a file at once get the same', async (t) => {
  const path = join(await tempFolder(t), 'one');
  const texts = await Promise.all(
    Array.from({ length: 8 }, (_, i) => readOrCreate(path, () => `made by ${i}`)),
  );
  assert.equal(new Set(texts).size, 1);
  await writeDurably(path, 'replaced');
  assert.equal(await readOrCreate(path, () => 'not asked'), 'replaced');
});
