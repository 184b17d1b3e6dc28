import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSecrets } from '../secrets.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('the secret is made once, readable by its owner only, and kept', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'new', 'portal');
  const first = await openSecrets({ dataDir });
  const { mode } = await stat(join(dataDir, 'portal-secret'));
  assert.equal(mode & 0o777, 0o600);
  const second = await openSecrets({ dataDir });
  assert.deepEqual(first.deriveKey('a'), second.deriveKey('a'));
  assert.equal(second.decryptSecret(first.encryptSecret('loutre ambrée')), 'loutre ambrée');
  assert.deepEqual(await readdir(dataDir), ['portal-secret'], 'no temporary file is left');
});

test('a key serves one purpose, and follows from the secret alone', async (t) => {
  const dataDir = await temporaryFolder(t);
  const secret = new Uint8Array(32).fill(7);
  const a = await openSecrets({ dataDir, secret });
  const b = await openSecrets({ dataDir, secret: new Uint8Array(32).fill(8) });
  assert.equal(a.deriveKey('x').length, 32);
  assert.notDeepEqual(a.deriveKey('x'), a.deriveKey('y'));
  assert.notDeepEqual(a.deriveKey('x'), b.deriveKey('x'));
  assert.deepEqual(await readdir(dataDir), [], 'a given secret is not written down');
});

test('a sealed secret opens only whole and only under its own key', async (t) => {
  const dataDir = await temporaryFolder(t);
  const ours = await openSecrets({ dataDir, secret: new Uint8Array(32).fill(1) });
  const theirs = await openSecrets({ dataDir, secret: new Uint8Array(32).fill(2) });
  const sealed = ours.encryptSecret('share secret');
  assert.notEqual(sealed, ours.encryptSecret('share secret'), 'every sealing has its own nonce');
  assert.throws(() => theirs.decryptSecret(sealed));
  const changed = Buffer.from(sealed, 'base64url');
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  assert.throws(() => ours.decryptSecret(changed.toString('base64url')));
});

test('a file that does not hold a secret is not replaced by a new one', async (t) => {
  const dataDir = await temporaryFolder(t);
  await writeFile(join(dataDir, 'portal-secret'), 'short');
  await assert.rejects(openSecrets({ dataDir }), { code: 'SECRET' });
  assert.equal(await readFile(join(dataDir, 'portal-secret'), 'utf8'), 'short');
});
