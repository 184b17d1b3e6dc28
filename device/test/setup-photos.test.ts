import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openTranslators, readTexts } from '../i18n/catalogue.ts';
import { openIdentity } from '../pairing/identity.ts';
import { createSetup } from '../setup/setup.ts';
import type { PhotoEntry } from '../store/store.ts';
import { startBooth } from './booth-process.ts';
import { quiet, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const photo = (id: string, name: string): PhotoEntry => ({
  ...{ id, name, n: 1, takenAt: '2026-07-14T13:30:12.000Z', bytes: 4, state: 'on-booth' },
});

/** The hotspot's server, with what the customer allows. */
async function open(t: TestContext, allowed: PhotoEntry[]) {
  let listening = () => {};
  const isListening = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const listeners: (() => void)[] = [];
  const asked: string[] = [];
  const told: Date[] = [];
  let hotspotOpen = true;
  const setup = createSetup({
    ...{ host: '127.0.0.1', port: 0, isPort80: false, serial: '4F2A', log: quiet },
    shell: {
      state: () => ({ kind: 'hotspot', bound: true, session: false, hotspot: 'open' }),
      tell: () => true,
    },
    network: {
      state: () => ({ reach: 'none', hotspotOpen, phones: 1, knowsNetworks: false }),
      onChange(listener) {
        listeners.push(listener);
        return () => {};
      },
      scan: async () => [],
      setCountry: async () => {},
    },
    photos: async () => allowed,
    async picture(id, kind) {
      asked.push(`${id} ${kind}`);
      return Buffer.from('jpeg');
    },
    suggestTime: (time) => told.push(time),
    translators: await openTranslators(readTexts()),
    onListening: () => listening(),
  });
  setup.start();
  t.after(setup.stop);
  await isListening;
  return {
    address: setup.address(),
    asked,
    told,
    blink(open: boolean) {
      hotspotOpen = open;
      for (const listener of listeners) listener();
    },
    get: (path: string) => fetch(setup.address() + path),
    post: (path: string, body = '') =>
      fetch(setup.address() + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
        redirect: 'manual',
      }),
    async probe() {
      const sent = request(`${setup.address()}/hotspot-detect.html`, {
        headers: { Host: 'captive.apple.com' },
      });
      const [answer] = await once(sent.end(), 'response');
      answer.resume();
      return answer.statusCode as number;
    },
  };
}

test('without leave a phone gets no picture, and no way to stay', async (t) => {
  const { get, post, probe, asked } = await open(t, []);
  for (const path of ['/photos', '/photos/a/file', '/photos/a/small']) {
    assert.equal((await get(path)).status, 404, path);
  }
  assert.doesNotMatch(await (await get('/?lang=en')).text(), /\/photos/);
  assert.equal((await post('/stay')).status, 404);
  assert.equal(await probe(), 302);
  assert.deepEqual(asked, []);
});

test('with leave it gets those of the event to keep, under their names, and no others', async (t) => {
  const { get, asked } = await open(t, [photo('a', '14Jul2026_153012.jpg')]);
  assert.match(await (await get('/?lang=en')).text(), /href="\/photos\?lang=en"/);
  assert.match(await (await get('/photos?lang=en')).text(), /Download 14Jul2026_153012\.jpg/);
  const file = await get('/photos/a/file');
  assert.equal(file.headers.get('content-disposition'), 'attachment; filename=14Jul2026_153012.jpg');
  assert.equal(await file.text(), 'jpeg');
  assert.equal((await get('/photos/b/file')).status, 404, 'of another event');
  assert.deepEqual(asked, ['a original']);
});

test('a phone that stays is left alone by its own probes, until the hotspot closes', async (t) => {
  const { post, probe, blink } = await open(t, [photo('a', 'a.jpg')]);
  assert.equal(await probe(), 302);
  assert.equal((await post('/stay')).status, 303);
  assert.equal(await probe(), 200);
  blink(false);
  await assert.rejects(probe());
  blink(true);
  // Listening again takes a moment.
  for (;;) {
    const status = await probe().catch(() => undefined);
    if (status === undefined) continue;
    assert.equal(status, 302);
    break;
  }
});

test('the phone tells its time', async (t) => {
  const { post, told } = await open(t, []);
  assert.equal((await post('/time', 'now=1784035812000')).status, 204);
  assert.equal((await post('/time', 'now=noon')).status, 400);
  assert.deepEqual(told, [new Date(1784035812000)]);
});

/** The address of the page in the hotspot of a booth that took a photo; its owner has said whether phones may have it. */
async function hotspotOf(t: TestContext, hotspotPhotos: boolean): Promise<string> {
  const dataDir = await tempFolder(t);
  const identity = await openIdentity(dataDir);
  const pairedAt = '2026-07-14T12:00:00.000Z';
  const nowhere = 'http://127.0.0.1:9';
  await identity.bind({ key: 'k', syncUrl: nowhere, portalUrl: nowhere, pairedAt });
  const event = { id: 'e'.repeat(24), title: 'Noces' };
  const settings = { binding: pairedAt, chosen: { event, hotspotPhotos } };
  const applied = { rev: '1-a', at: pairedAt };
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ ...settings, applied }));
  await writeFile(join(dataDir, 'network.json'), '{"reach":"none"}');
  const { url } = await startBooth(t, { DATA_DIR: dataDir });
  const photo = { method: 'POST', body: new Uint8Array(await noiseJpeg(20_000)) };
  const headers = { 'content-type': 'image/jpeg' };
  assert.equal((await fetch(`${url}/api/photos`, { ...photo, headers })).status, 201);
  // It started where it knows no network.
  const states = await fetch(`${url}/api/state`);
  let said = '';
  for await (const chunk of states.body as unknown as AsyncIterable<Uint8Array>) {
    said += Buffer.from(chunk);
    const [, address] = /"address":"(http:[^"]+)"/.exec(said) ?? [];
    if (address) return address;
  }
  throw new Error('no hotspot was shown');
}

test('the pictures of a booth are for phones where its owner says so, and nowhere else', async (t) => {
  for (const isAllowed of [true, false]) {
    const address = await hotspotOf(t, isAllowed);
    assert.equal((await fetch(`${address}/photos`)).status, isAllowed ? 200 : 404);
  }
});
