import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { photosApi } from '../photos-api.ts';
import { openStore } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

async function serve(t: TestContext, freeBytes = 1e9) {
  const now: { event?: string } = {};
  const store = await openStore({
    event: () => now.event,
    ...{ dir: await tempFolder(t), booth: 'c'.repeat(24), reserveBytes: 1000, maxPhotoBytes: 50_000 },
    ...{ freeBytes: async () => freeBytes, log: quiet },
  });
  const api = photosApi({
    store,
    event: () => now.event,
    maxPhotoBytes: 50_000,
    shareUrl: (n) => `http://portal/p/${n}`,
  });
  const server = express().use(api).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await store.close();
  });
  const url = `http://127.0.0.1:${port}`;
  const post = (body: Buffer, headers: Record<string, string> = { 'content-type': 'image/jpeg' }) =>
    fetch(`${url}/api/photos`, { method: 'POST', body: new Uint8Array(body), headers });
  return { store, port, url, post, now };
}

test('a photo that is saved is answered with id, name and share link, and is listed newest first', async (t) => {
  const { url, post } = await serve(t);
  const first = await post(await noiseJpeg(5_000));
  assert.equal(first.status, 201);
  const { id, name, shareUrl } = (await first.json()) as Record<string, string>;
  assert.match(name ?? '', /^\d\d[A-Z][a-z]{2}\d{4}_\d{6}\.jpg$/);
  assert.equal(shareUrl, 'http://portal/p/1');
  const jpeg = await noiseJpeg(5_000);
  const second = (await (await post(jpeg)).json()) as { id: string };

  const list = (await (await fetch(`${url}/api/photos`)).json()) as {
    total: number;
    photos: { id: string; state: string }[];
  };
  assert.equal(list.total, 2);
  assert.deepEqual(
    list.photos.map((photo) => [photo.id, photo.state]),
    [
      [second.id, 'on-booth'],
      [id, 'on-booth'],
    ],
  );
  const one = (await (await fetch(`${url}/api/photos?limit=1`)).json()) as { photos: unknown[] };
  assert.equal(one.photos.length, 1);

  const original = await fetch(`${url}/api/photos/${encodeURIComponent(second.id)}/original`);
  assert.equal(original.headers.get('content-type'), 'image/jpeg');
  assert.ok(Buffer.from(await original.arrayBuffer()).equals(jpeg));
  assert.equal((await fetch(`${url}/api/photos/${encodeURIComponent(second.id)}/thumbnail`)).status, 404);
  assert.equal((await fetch(`${url}/api/photos/nonsense/original`)).status, 404);
});

test('what is no photo is answered with the reason, and nothing is stored', async (t) => {
  const { store, post } = await serve(t);
  const jpeg = await noiseJpeg(20_000);
  const answers: [string, Response, number, string][] = [
    ['empty', await post(Buffer.alloc(0)), 400, 'empty'],
    ['another type', await post(jpeg, { 'content-type': 'image/png' }), 415, 'not-jpeg'],
    ['text that says it is a JPEG', await post(Buffer.from('hello')), 415, 'not-jpeg'],
    [
      'compressed',
      await post(jpeg, { 'content-type': 'image/jpeg', 'content-encoding': 'gzip' }),
      415,
      'not-jpeg',
    ],
    ['cut off', await post(jpeg.subarray(0, -500)), 422, 'truncated'],
    ['too large', await post(await noiseJpeg(200_000)), 413, 'too-large'],
  ];
  for (const [what, answer, status, error] of answers) {
    const body = (await answer.json()) as { error: string; reason: string };
    assert.deepEqual([answer.status, body.error], [status, error], what);
    assert.ok(body.reason.length > 0);
  }
  assert.deepEqual(await store.list(), []);
});

test('a full disk is 507', async (t) => {
  const { post } = await serve(t, 10);
  const answer = await post(await noiseJpeg(5_000));
  assert.equal(answer.status, 507);
  assert.equal(((await answer.json()) as { error: string }).error, 'full');
});

test('a body that is cut off midway stores nothing', async (t) => {
  const { store, port, post } = await serve(t);
  const jpeg = await noiseJpeg(20_000);
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `POST /api/photos HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`,
  );
  socket.write(jpeg.subarray(0, 10_000));
  await new Promise((resolve) => setImmediate(resolve));
  socket.destroy();
  // The server has dealt with the broken one by the time it answers a whole one that came later.
  assert.equal((await post(jpeg)).status, 201);
  assert.equal((await store.list()).length, 1);
});

test('pages from elsewhere are refused, whatever name they reach us under', async (t) => {
  const { port } = await serve(t);
  const status = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/api/photos', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await status({ host: `localhost:${port}` }), 200);
  assert.equal(await status({ host: `127.0.0.1:${port}`, origin: `http://127.0.0.1:${port}` }), 200);
  assert.equal(await status({ host: `rebound.example:${port}` }), 403);
  assert.equal(await status({ host: `127.0.0.1.evil.example:${port}` }), 403);
  assert.equal(await status({ host: `127.0.0.1:${port}`, origin: 'https://evil.example' }), 403);
  assert.equal(await status({ host: `127.0.0.1:${port}`, origin: 'http://127.0.0.1:1' }), 403);
  assert.equal(await status({ host: `127.0.0.1:${port}`, origin: 'null' }), 403);
});

test('a shot that is sent again under its key is answered with the photo that was saved', async (t) => {
  const { url, post } = await serve(t);
  const jpeg = await noiseJpeg(5_000);
  const send = async (key: string) => {
    const answer = await post(jpeg, { 'content-type': 'image/jpeg', 'idempotency-key': key });
    assert.equal(answer.status, 201);
    return (await answer.json()) as { id: string };
  };
  const first = await send('0b5e1bb2-shot');
  assert.deepEqual(await send('0b5e1bb2-shot'), first);
  assert.notDeepEqual(await send('4c2d9a10-shot'), first);
  // What is no key is none: nobody's photo is taken for another's.
  assert.notDeepEqual(await send('short'), await send('short'));
  const { total } = (await (await fetch(`${url}/api/photos`)).json()) as { total: number };
  assert.equal(total, 4);
});

test('photos of the event before are not shown to the guests of the next', async (t) => {
  const { url, post, now } = await serve(t);
  const take = async () => ((await (await post(await noiseJpeg(5_000))).json()) as { id: string }).id;
  const listed = async () => {
    const { photos } = (await (await fetch(`${url}/api/photos`)).json()) as { photos: { id: string }[] };
    return photos.map(({ id }) => id);
  };
  now.event = 'a'.repeat(24);
  const before = await take();
  assert.deepEqual(await listed(), [before]);
  now.event = 'b'.repeat(24);
  assert.deepEqual(await listed(), []);
  const next = await take();
  assert.deepEqual(await listed(), [next]);
});
