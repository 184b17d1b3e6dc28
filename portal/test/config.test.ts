import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPortalConfig } from '../config.ts';
import { temporaryFolder } from './temporary-folder.ts';

test('defaults need nothing', () => {
  const config = loadPortalConfig([], {});
  assert.deepEqual(
    { ...config },
    {
      host: '127.0.0.1',
      port: 8080,
      url: undefined,
      dataDir: './data/portal',
      couch: { kind: 'embedded', port: 5985 },
      syncUrl: undefined,
      mail: undefined,
      alarms: { webhook: undefined, offlineHours: 72 },
      logLevel: 'info',
      secret: undefined,
      trustProxy: ['loopback'],
    },
  );
  assert.equal(Object.isFrozen(config), true);
});

test('the environment comes before the file, the file before the defaults', async (t) => {
  const file = join(await temporaryFolder(t), 'portal.json');
  await writeFile(file, JSON.stringify({ port: 9000, dataDir: '/srv/photos' }));
  const config = loadPortalConfig(['--config', file], { PORTAL_PORT: '9001' });
  assert.equal(config.port, 9001);
  assert.equal(config.dataDir, '/srv/photos');
});

test('credentials are taken out of COUCH_URL, and the separate ones win', () => {
  const env = { COUCH_URL: 'https://admin:p%40ss@couch.example.com:6984/' };
  const admin = { url: 'https://couch.example.com:6984', username: 'admin', password: 'p@ss' };
  assert.deepEqual(loadPortalConfig([], env).couch, { kind: 'server', admin });
  assert.deepEqual(loadPortalConfig([], { ...env, COUCH_PASSWORD: 'other' }).couch, {
    kind: 'server',
    admin: { ...admin, password: 'other' },
  });
});

test('every problem is named at once, with what would work, and no secret is shown', () => {
  const env = {
    PORTAL_PORT: 'eighty',
    PORTAL_URL: 'photos.example.com',
    COUCH_URL: 'couch',
    LOG_LEVEL: 'loud',
    PORTAL_SECRET: 'too-short-to-be-secret',
    TRUST_PROXY: 'everybody',
  };
  assert.throws(
    () => loadPortalConfig([], env),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CONFIG');
      for (const name of Object.keys(env))
        assert.match(error.message, new RegExp(`^${name}: .+ ${name}=`, 'm'));
      assert.doesNotMatch(error.message, /too-short-to-be-secret/);
      return true;
    },
  );
});

const refused: [string, string[], NodeJS.ProcessEnv, RegExp][] = [
  ['a URL with a path', [], { PORTAL_URL: 'https://example.com/photos' }, /PORTAL_URL: must have no path/],
  ['COUCH_URL without a name', [], { COUCH_URL: 'http://127.0.0.1:5984' }, /COUCH_URL: needs the name/],
  ['an unknown option', ['--port', '80'], {}, /--port.*for example --config/s],
  ['a file that is not there', ['--config', '/no/such.json'], {}, /\/no\/such\.json does not exist/],
];
for (const [what, args, env, message] of refused) {
  test(`refused: ${what}`, () => assert.throws(() => loadPortalConfig(args, env), message));
}

test('unknown keys of the file are refused', async (t) => {
  const file = join(await temporaryFolder(t), 'portal.json');
  await writeFile(file, JSON.stringify({ prot: 9000 }));
  assert.throws(() => loadPortalConfig(['--config', file], {}), /unknown setting prot/);
});

test('proxies: a number, addresses, or none', () => {
  const trusted = (text: string) => loadPortalConfig([], { TRUST_PROXY: text }).trustProxy;
  assert.equal(trusted('none'), false);
  assert.equal(trusted('2'), 2);
  assert.deepEqual(trusted('loopback, 10.0.0.0/8,fd00::/8'), ['loopback', '10.0.0.0/8', 'fd00::/8']);
  for (const text of ['10.0.0.0/33', 'true', '10.0.0']) assert.throws(() => trusted(text), /TRUST_PROXY/);
});
