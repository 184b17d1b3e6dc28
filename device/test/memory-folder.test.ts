import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'node:test';
import { makeMemoryFolder } from '../camera/daemon/memory-folder.ts';
import { tempFolder } from './context.ts';

test('what a killed daemon left is taken away; what is in use, and what is not ours, stays', async (t) => {
  const base = await tempFolder(t);
  const noProcess = 2 ** 30; // Linux counts to 2^22
  for (const name of [`camera-${noProcess}-abc`, `camera-${process.pid}-abc`, 'camera-x', 'other']) {
    await mkdir(join(base, name));
    await writeFile(join(base, name, 'picture.jpg'), '');
  }
  const made = await makeMemoryFolder('camera', base);
  assert.deepEqual(
    (await readdir(base)).sort(),
    [`camera-${process.pid}-abc`, basename(made), 'camera-x', 'other'].sort(),
  );
});
