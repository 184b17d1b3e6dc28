import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { startEmbedded } from '@photomaton/couch/embedded';
import { boothDatabase, eventDatabase, PHOTO_ATTACHMENT, type StatusDoc } from '@photomaton/design-docs/docs';
import { createImageWorker } from '../image/image-worker.ts';
import { createPreviewMaker } from '../image/preview-maker.ts';
import { openStore } from '../store/store.ts';
import { createSync } from '../sync/sync.ts';
import { noiseJpeg } from './pictures.ts';
import {
  deleteDatabase,
  makeSite,
  openBoothDbIn,
  quiet,
  type Site,
  settingsOf,
  startServer,
  type TestContext,
  tempFolder,
} from './site.ts';

/** Shorter than a booth's, far longer than any answer of a server on this machine. */
const STALL_MS = 3_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A booth's store and sync as main builds them. `online.is = false` is a pulled cable. */
async function openBooth(t: TestContext, site: Site, options: { fetch?: typeof fetch } = {}) {
  const dir = await tempFolder(t);
  const online = { is: true };
  const store = await openStore({
    ...{ dir, booth: site.booth, reserveBytes: 0, maxPhotoBytes: 30e6, log: quiet },
  });
  const boothDb = await openBoothDbIn(dir);
  const images = createImageWorker({ log: quiet });
  const previews = createPreviewMaker({ store, images, log: quiet });
  const sync = createSync({
    ...{ store, boothDb, intervalMs: 300_000, log: quiet, stallMs: STALL_MS },
    identity: { booth: site.booth, binding: { key: site.key, syncUrl: site.admin.url } },
    fetch: (input, init) => {
      if (!online.is)
        return Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENETUNREACH' } }));
      return (options.fetch ?? fetch)(input, init);
    },
  });
  t.after(async () => {
    await sync.stop();
    await previews.stop();
    await images.stop();
    await boothDb.close();
    await store.close();
  });
  return { dir, store, boothDb, previews, sync, online };
}

async function save(
  store: { save(jpeg: Buffer): Promise<{ kind: string }> },
  bytes = 20_000,
): Promise<Buffer> {
  const jpeg = await noiseJpeg(bytes);
  assert.equal((await store.save(jpeg)).kind, 'saved');
  return jpeg;
}

/** SHA-256 of every original in the event. */
async function originals(site: Site): Promise<string[]> {
  const db = eventDatabase(site.event);
  const docs = await site.couch.range(db, { startkey: 'photo:', endkey: 'photo;', limit: 1000 });
  const hashes = docs.map(async ({ _id }) => {
    const answer = await site.couch.attachment(db, _id, PHOTO_ATTACHMENT);
    return sha256(Buffer.concat((await answer?.body.toArray()) ?? []));
  });
  return (await Promise.all(hashes)).sort();
}

async function until(condition: () => unknown, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); await new Promise((r) => setTimeout(r, 20))) {
    assert.ok(Date.now() < end, `still not: ${what}`);
  }
}

test('photos taken offline all arrive, bit for bit, previews too, and are let go', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.online.is = false;
  booth.previews.start();
  const taken: Buffer[] = [];
  for (let i = 0; i < 12; i += 1) taken.push(await save(booth.store));
  await until(() => booth.store.withoutPreview().length === 0, 'previews made');
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'ENETUNREACH' });
  assert.ok((await booth.store.list()).every(({ state }) => state === 'on-booth'));

  booth.online.is = true;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  const db = eventDatabase(site.event);
  assert.equal(
    (await site.couch.range(db, { startkey: 'preview:', endkey: 'preview;', limit: 100 })).length,
    12,
  );
  assert.ok((await booth.store.list()).every(({ state }) => state === 'in-cloud'));
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 12 });
  assert.deepEqual(status?.waiting, {});
  assert.equal(status?.lastSync?.outcome, 'ok');
});

test('a document that the server loses after the push is noticed and sent again', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let lose = true;
  const booth = await openBooth(t, site, {
    // A server that says yes and stores nothing.
    fetch: (input, init) =>
      lose && init?.method === 'PUT' && String(input).includes('new_edits=false')
        ? Promise.resolve(Response.json({ ok: true, id: 'x', rev: '1-x' }, { status: 201 }))
        : fetch(input, init),
  });
  const jpeg = await save(booth.store);
  const first = await booth.sync.cycle();
  assert.equal(first.kind, 'incomplete');
  assert.equal((await booth.store.list())[0]?.state, 'on-booth');
  lose = false;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a line that breaks in the middle of a batch costs nothing that had arrived', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let puts = 0;
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const isPut = init?.method === 'PUT' && String(input).includes('new_edits');
      if (isPut) puts += 1;
      if (isPut && puts === 10)
        return Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } }));
      return fetch(input, init);
    },
  });
  const taken: Buffer[] = [];
  for (let i = 0; i < 16; i += 1) taken.push(await save(booth.store));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'ECONNRESET' });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  assert.equal(puts, 17, 'the broken one twice, every other once');
});

test('a server that is stopped in the middle of a batch and started again has every photo once', {
  skip: process.env.COUCH_URL ? 'not our server to stop' : false,
}, async (t) => {
  const options = {
    ...{ dir: await tempFolder(t), log: quiet, admin: { username: 'admin', password: 'secret' } },
  };
  let server = await startEmbedded({ ...options, port: 0 });
  t.after(() => server.stop());
  const site = await makeSite(t, { url: server.url, ...options.admin });
  let stopAt = 5;
  let stopped: Promise<void> | undefined;
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      if (init?.method === 'PUT' && String(input).includes('new_edits')) stopAt -= 1;
      if (stopAt === 0) stopped ??= server.stop();
      return fetch(input, init);
    },
  });
  const taken: Buffer[] = [];
  for (let i = 0; i < 16; i += 1) taken.push(await save(booth.store));
  assert.equal((await booth.sync.cycle()).kind, 'offline');
  await stopped;
  stopAt = -1;
  server = await startEmbedded({ ...options, port: server.port });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
});

test('previews go before originals, originals oldest first', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const sent: string[] = [];
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const id = /(preview|photo)%3A[^?]*/.exec(String(input))?.[0];
      if (init?.method === 'PUT' && id) sent.push(decodeURIComponent(id));
      return fetch(input, init);
    },
  });
  booth.previews.start();
  for (let i = 0; i < 20; i += 1) await save(booth.store, 3_000);
  await until(() => booth.store.withoutPreview().length === 0, 'previews made');
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.equal(sent.length, 40);
  assert.ok(sent.slice(0, 20).every((id) => id.startsWith('preview:')));
  // Several travel at once, so "oldest first" is by round.
  const numbers = sent.slice(20).map((id) => Number(id.split(':')[3]));
  assert.deepEqual(
    numbers.slice(0, 16).sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, i) => i + 1),
  );
});

test('photos taken before there is an event wait for it', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const { couch, booth: id } = site;
  await couch.remove(
    boothDatabase(id),
    'settings',
    (await couch.get(boothDatabase(id), 'settings'))?._rev ?? '',
  );
  const booth = await openBooth(t, site);
  const jpeg = await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'no-event' });
  await couch.put(boothDatabase(id), settingsOf(site.event));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a booth without rights gets a state, and keeps its photos', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  await save(booth.store);
  await site.provisioner.setEventBooths(site.event, []);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'forbidden' });
  await deleteDatabase(site.admin, eventDatabase(site.event));
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'no-such-database' });
  assert.equal((await booth.store.list())[0]?.state, 'on-booth');
});

test('a wrong key gets a state', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, { ...site, key: 'wrong' });
  await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'unauthorized' });
});

test('a document that the server refuses is kept and named, and does not hold up the others', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let refused = '';
  const booth = await openBooth(t, site, {
    fetch: (input, init) =>
      init?.method === 'PUT' && String(input).includes(encodeURIComponent(refused))
        ? Promise.resolve(Response.json({ error: 'forbidden', reason: 'not today' }, { status: 403 }))
        : fetch(input, init),
  });
  await save(booth.store);
  refused = (await booth.store.list())[0]?.id ?? '';
  const taken = [await save(booth.store), await save(booth.store)];
  assert.equal((await booth.sync.cycle()).kind, 'incomplete');
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  assert.deepEqual(
    (await booth.store.list()).map(({ state }) => state),
    ['in-cloud', 'in-cloud', 'on-booth'],
  );
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.refused, [{ id: refused, reason: 'not today' }]);
  assert.deepEqual(status?.waiting, { [site.event]: 1 });
});

test('a server that does not answer costs one deadline', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, {
    fetch: (_input, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      }),
  });
  const started = performance.now();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'offline', problem: 'offline', reason: 'no answer' });
  assert.ok(performance.now() - started < 2 * STALL_MS);
});

test('a busy server says how long to wait, and a login page is no server', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let answer = () => new Response('{}', { status: 503, headers: { 'retry-after': '7' } });
  const booth = await openBooth(t, site, { fetch: () => Promise.resolve(answer()) });
  assert.deepEqual(await booth.sync.cycle(), { kind: 'busy', retryAfterMs: 7000 });
  answer = () => new Response('<html>Welcome to our hotel', { headers: { 'content-type': 'text/html' } });
  assert.equal((await booth.sync.cycle()).kind, 'offline');
});
