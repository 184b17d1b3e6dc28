import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { readConfig } from '../config.ts';
import { makeDataDir } from './booth-process.ts';

test('the defaults are those of a booth at its venue', () => {
  assert.deepEqual(readConfig(undefined, {}), {
    port: 8090,
    setupPort: 8091,
    dataDir: './data/booth',
    portalUrl: 'http://localhost:8080',
    syncIntervalS: 300,
    diskReserveMb: 500,
    keepLocalHours: 24,
    maxPhotoMb: 30,
    camera: 'browser',
    gphoto2Settings: [],
    network: 'simulated',
    logLevel: 'info',
    demo: false,
  });
});

test('the environment wins over the file, the file over the defaults', async (t) => {
  const file = join(await makeDataDir(t), 'booth.json');
  await writeFile(
    file,
    JSON.stringify({ port: 9001, portalUrl: 'https://photos.example.com/', maxPhotoMb: 12 }),
  );
  const config = readConfig(file, { BOOTH_PORT: '9002' });
  assert.equal(config.port, 9002);
  assert.equal(config.maxPhotoMb, 12);
  assert.equal(config.portalUrl, 'https://photos.example.com');
});

test('in the demo the player takes the photos, unless told otherwise', () => {
  assert.equal(readConfig(undefined, { DEMO: '1' }).camera, 'player');
  assert.equal(readConfig(undefined, { DEMO: '1', CAMERA: 'browser' }).camera, 'browser');
});

test('every problem is named at once, with what would work', () => {
  const env = { BOOTH_PORT: '99999', PORTAL_URL: 'photos', CAMERA: 'polaroid', SYNC_INTERVAL_S: 'often' };
  assert.throws(
    () => readConfig(undefined, env),
    (error: Error) => {
      const lines = error.message.split('\n');
      assert.deepEqual(lines.map((line) => line.split(':')[0]).sort(), [
        'BOOTH_PORT',
        'CAMERA',
        'PORTAL_URL',
        'SYNC_INTERVAL_S',
      ]);
      assert.ok(lines.every((line) => line.includes('(for example ')));
      return true;
    },
  );
});

test('a setting that does not exist is refused', async (t) => {
  const file = join(await makeDataDir(t), 'booth.json');
  await writeFile(file, JSON.stringify({ prot: 8090 }));
  assert.throws(() => readConfig(file, {}), { code: 'CONFIG', message: 'unknown setting prot' });
});
