import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { boothIdOf } from '@photomaton/design-docs/booth-keys';
import { openIdentity } from '../pairing/identity.ts';

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'identity-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

const binding = {
  key: 'device-key',
  syncUrl: 'https://portal.test/couch',
  portalUrl: 'https://portal.test',
  pairedAt: '2026-07-14T13:30:12.042Z',
};

test('the first start makes an identity, and later starts find the same', async (t) => {
  const dir = await folder(t);
  const made = (await openIdentity(dir)).current();
  assert.equal(made.booth, boothIdOf(made.publicKey));
  assert.equal(Buffer.from(made.shareSecret, 'base64url').length, 32);
  assert.equal(made.binding, undefined);
  assert.deepEqual((await openIdentity(dir)).current(), made);
  assert.notEqual((await openIdentity(await folder(t))).current().shareSecret, made.shareSecret);
});

test('only the owner may read it, even where a crash left an open temporary file', async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, 'identity.json.tmp'), 'half', { mode: 0o644 });
  await openIdentity(dir);
  assert.equal((await stat(join(dir, 'identity.json'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ['identity.json']);
});

test('a binding outlives the process, and so does its end', async (t) => {
  const dir = await folder(t);
  const identity = await openIdentity(dir);
  const unbound = identity.current();
  await identity.bind(binding);
  assert.deepEqual(identity.current(), { ...unbound, binding });
  assert.deepEqual((await openIdentity(dir)).current(), { ...unbound, binding });
  await identity.unbind();
  assert.deepEqual((await openIdentity(dir)).current(), unbound);
});

test('a damaged file is an error that shows no secret, and stays as it is', async (t) => {
  const dir = await folder(t);
  const path = join(dir, 'identity.json');
  const whole = (await openIdentity(dir)).current();
  const damaged = [
    '',
    '{',
    'null',
    JSON.stringify(whole).slice(0, -20),
    JSON.stringify({ ...whole, shareSecret: 'short' }),
    JSON.stringify({ ...whole, booth: '0'.repeat(24) }),
    JSON.stringify({ ...whole, binding: { key: 'k' } }),
  ];
  for (const text of damaged) {
    await writeFile(path, text);
    await assert.rejects(openIdentity(dir), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'IDENTITY');
      assert.match(error.message, /identity\.json is damaged/);
      assert.ok(!`${error.message} ${String(error.cause)}`.includes(whole.privateKey.slice(0, 8)));
      return true;
    });
    assert.equal(await readFile(path, 'utf8'), text);
  }
});
