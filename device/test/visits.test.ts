import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ClipDoc, PhotoDoc, SettingsDoc, ShotDoc } from '@photomaton/design-docs/docs';
import { withDefaults } from '@photomaton/design-docs/settings';
import express from 'express';
import sharp from 'sharp';
import { createImageWorker, type RenderJob, render } from '../image/index.ts';
import { renderFilm } from '../image/render/film.ts';
import { openStore } from '../store/store.ts';
import { openTemplates } from '../templates/templates.ts';
import type { MakeFilm } from '../visits/drawings.ts';
import { openVisitFolder } from '../visits/visit-folder.ts';
import { createVisits } from '../visits/visits.ts';
import { visitsApi } from '../visits/visits-api.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { coloursAt, plainJpeg } from './drawing.ts';
import { noiseJpeg } from './pictures.ts';
import { openBoothDbIn } from './site.ts';
import { until } from './syncing-booth.ts';
import { builtIn, countedRenderer, layout } from './templates-made.ts';

const MINUTE = 60_000;
const film: MakeFilm = async (frames) => ({
  ...{ kind: 'made', webp: Buffer.concat(frames), width: 8, height: 6 },
  mp4: Buffer.concat([Buffer.from('mp4 of '), ...frames]),
});

interface Options {
  dir?: string;
  settings?: Partial<SettingsDoc>;
  makeFilm?: MakeFilm;
  /** By their digests. */
  backdrops?: ReadonlyMap<string, Buffer>;
  /** Is the daemon's start part of the test? */
  starts?: boolean;
}

/** A booth that can be switched off and on, as far as a visit knows it. */
async function openBooth(t: TestContext, options: Options = {}) {
  const dir = options.dir ?? (await tempFolder(t));
  const disk = { free: 1e9 };
  const clock = { ms: 0 };
  const images = createImageWorker({ log: quiet });
  const drawn = countedRenderer(images);
  const boothDb = await openBoothDbIn(dir);
  const store = await openStore({
    ...{ dir, booth: 'c'.repeat(24), reserveBytes: 1000, maxPhotoBytes: 100_000, log: quiet },
    freeBytes: async () => disk.free,
  });
  const templates = await openTemplates({
    ...{ dir: join(dir, 'templates'), binding: 'x', boothDb, images, log: quiet },
    builtIn: [
      builtIn(layout('full-bleed')),
      builtIn(layout('strip', { shots: 3 })),
      builtIn(layout('boomerang', { mode: 'boomerang' })),
    ],
  });
  const now = () => new Date();
  const visits = createVisits({
    folder: await openVisitFolder({ dir: join(dir, 'visits'), asideDir: join(dir, 'set-aside'), now }),
    ...{ store, templates, renderer: drawn.renderer, makeFilm: options.makeFilm ?? film },
    settings: async () => ({ ...withDefaults(undefined), ...options.settings }),
    backdrops: { read: async (digest) => options.backdrops?.get(digest) },
    ...{ maxPhotoBytes: 100_000, now, monotonicMs: () => clock.ms, log: quiet },
  });
  if (options.starts) {
    visits.start();
    await visits.stop();
  }
  const api = visitsApi({ visits, maxPhotoBytes: 100_000, shareUrl: (n) => `http://portal/p/${n}` });
  const server = express().use(api).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/visits`;
  let isOpen = true;
  async function close() {
    if (!isOpen) return;
    isOpen = false;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await visits.stop();
    await images.stop();
    await store.close();
    await boothDb.close();
  }
  t.after(close);
  const ask = async (path: string, init: RequestInit): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${url}/${path}`, init);
    return [answer.status, answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)];
  };
  const post = (path: string, type: string, body: Buffer | string) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  return {
    ...{ dir, disk, clock, drawn, store, visits, ask, post },
    shot: (key: string, i: number | string, jpeg: Buffer, query = 'template=strip') =>
      post(`${key}/shots/${i}?${query}`, 'image/jpeg', jpeg),
    clip: (key: string, frames: Buffer[], query = '') =>
      ask(`${key}/clip?${query}`, { method: 'POST', body: formOf(frames) }),
    async get(path: string) {
      const answer = await fetch(`${url}/${path}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      return { status: answer.status, type: answer.headers.get('content-type'), bytes };
    },
    finish: (key: string, chosen: object = { template: 'strip' }) =>
      post(`${key}/finish`, 'application/json', JSON.stringify(chosen)),
    left: () => readdir(join(dir, 'visits')),
    aside: () => readdir(join(dir, 'set-aside')),
    async restart(changes: Options = {}, between: () => Promise<unknown> = async () => undefined) {
      await close();
      await between();
      return openBooth(t, { ...options, starts: true, ...changes, dir });
    },
  };
}

const key = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const three = () => Promise.all([4_000, 5_000, 6_000].map(noiseJpeg)) as Promise<[Buffer, Buffer, Buffer]>;
/** As the page sends the frames of a film. */
function formOf(frames: Buffer[]): FormData {
  const form = new FormData();
  for (const frame of frames) form.append('frame', new Blob([new Uint8Array(frame)]), 'frame.jpg');
  return form;
}

test('each shot is on the disk when it is answered, and its slot is drawn; the end composes and saves', async (t) => {
  const booth = await openBooth(t);
  const shots = await three();
  for (const [i, jpeg] of shots.entries()) {
    assert.deepEqual(await booth.shot(key(1), i, jpeg), [201, { shot: i }]);
    assert.deepEqual(await readFile(join(booth.dir, 'visits', key(1), `${i}.jpg`)), jpeg);
    assert.equal(booth.drawn.done.slots, i + 1);
  }
  const [status, answer] = await booth.finish(key(1));
  assert.deepEqual([status, answer.shareUrl], [201, 'http://portal/p/1']);
  assert.deepEqual(booth.drawn.done, { slots: 3, composed: 1, films: 0 }, 'each slot once');
  const picture = await booth.store.picture(String(answer.id), 'original');
  assert.equal((await sharp(picture).metadata()).width, 360);
  assert.deepEqual(await booth.left(), []);

  assert.deepEqual(await booth.finish(key(1)), [201, answer], 'asked again, it is the same');
  assert.equal((await booth.store.list()).length, 1);
  const next = await booth.restart();
  assert.deepEqual(await next.finish(key(1)), [201, answer], 'also after a restart');
  assert.equal((await next.shot(key(1), 0, shots[0]))[0], 409, 'and takes no more shots');
});

test('a retake replaces the shot and its slot; another filter is drawn anew', async (t) => {
  const booth = await openBooth(t, { settings: { keepShots: true } });
  const shots = await three();
  const better = await noiseJpeg(4_500);
  for (const [i, jpeg] of shots.entries()) await booth.shot(key(1), i, jpeg);
  await booth.shot(key(1), 1, better);
  const chosen = { template: 'strip', filter: 'black-and-white', language: 'en' };
  const [, { id }] = await booth.finish(key(1), chosen);
  assert.equal(booth.drawn.done.slots, 7);
  await booth.store.settleTimes();
  const [segment] = booth.store.waiting();
  assert.ok(segment);
  assert.deepEqual((await segment.db.get<PhotoDoc>(String(id))).made, { ...chosen, version: 1 });
  const kept = await Promise.all(
    segment.extras.map(async (extra) => {
      const { shots: places } = await segment.db.get<ShotDoc>(extra.id);
      return [places, await booth.store.bytes(extra.id)] as const;
    }),
  );
  assert.equal(kept.length, 3);
  for (const [[place = 9], bytes] of kept)
    assert.ok(bytes?.equals([shots[0], better, shots[2]][place] ?? bytes.subarray(1)));
});

test('shots are kept only when the customer wants it', async (t) => {
  const booth = await openBooth(t);
  await booth.shot(key(1), 0, await noiseJpeg(4_000), 'template=full-bleed');
  await booth.finish(key(1), { template: 'full-bleed' });
  await booth.store.settleTimes();
  assert.deepEqual(
    booth.store.waiting().map(({ extras }) => extras),
    [[]],
  );
});

test('a boomerang is a film on the page of its template and, of its first frame, a picture', async (t) => {
  const booth = await openBooth(t);
  const frames = await three();
  const chosen = { template: 'boomerang', filter: 'noir' } as const;
  assert.deepEqual(await booth.clip(key(1), frames, new URLSearchParams(chosen).toString()), [201, {}]);
  const seen = await booth.get(`${key(1)}/film?${new URLSearchParams(chosen)}`);
  const [status, { id }] = await booth.finish(key(1), chosen);
  assert.equal(status, 201);
  assert.deepEqual(booth.drawn.done, { slots: 1, composed: 1, films: 1 }, 'made once');
  await booth.store.settleTimes();
  const clips = booth.store.waiting().flatMap(({ extras }) => extras);
  const bytes = await Promise.all(clips.map(({ id }) => booth.store.bytes(id)));
  const job: RenderJob = {
    ...{ template: layout('boomerang', { mode: 'boomerang' }), images: new Map(), dpi: 300, filter: 'noir' },
    occasion: { title: '', date: new Date(), language: 'fr' },
  };
  const made = await film(await renderFilm(job, frames));
  assert.ok(made.kind === 'made' && made.mp4);
  assert.ok(
    [made.webp, made.mp4].every((wanted) => bytes.some((one) => one?.equals(wanted))),
    'each frame as the template has it, in black and white',
  );
  assert.ok(made.webp.equals(seen.bytes), 'as the guest has seen it');
  const picture = await booth.store.picture(String(id), 'original');
  assert.ok(picture?.equals((await render(job, [frames[0]])).jpeg));
  assert.deepEqual([await booth.left(), await booth.aside()], [[], []]);
});

test('of a boomerang every frame is kept, where the shots are', async (t) => {
  const booth = await openBooth(t, { settings: { keepShots: true } });
  const frames = await three();
  await booth.clip(key(1), frames);
  await booth.finish(key(1), { template: 'boomerang' });
  await booth.store.settleTimes();
  const [segment] = booth.store.waiting();
  const kept: string[] = [];
  for (const { id } of segment?.extras ?? []) {
    const doc = await segment?.db.get<ShotDoc | ClipDoc>(id);
    if (doc?.type === 'shot')
      kept[doc.shots[0] ?? 9] = (await booth.store.bytes(id))?.toString('base64') ?? '';
  }
  assert.deepEqual(
    kept,
    frames.map((frame) => frame.toString('base64')),
  );
});

test('a film that cannot be framed is made of the frames as they are', async (t) => {
  const booth = await openBooth(t);
  const frames = await three();
  booth.drawn.state.fails = true;
  await booth.clip(key(1), frames);
  await booth.finish(key(1), { template: 'boomerang' });
  await booth.store.settleTimes();
  const clips = booth.store.waiting().flatMap(({ extras }) => extras);
  const made = await film(frames);
  assert.ok(made.kind === 'made');
  const bytes = await Promise.all(clips.map(({ id }) => booth.store.bytes(id)));
  assert.ok(bytes.some((one) => one?.equals(made.webp)));
});

test('the picture is shown before it is kept, is the one that is kept, and another after a retake', async (t) => {
  const booth = await openBooth(t);
  const shots = await three();
  for (const [i, jpeg] of shots.entries()) await booth.shot(key(1), i, jpeg);
  const show = () => booth.get(`${key(1)}/picture?template=strip&language=en`);
  const first = await show();
  assert.deepEqual([first.status, first.type], [200, 'image/jpeg']);
  assert.deepEqual(await booth.store.list(), [], 'nothing is kept yet');
  await booth.shot(key(1), 1, await noiseJpeg(4_500));
  const second = await show();
  assert.ok(!first.bytes.equals(second.bytes));
  const [, { id }] = await booth.finish(key(1), { template: 'strip', language: 'en' });
  assert.deepEqual(booth.drawn.done, { slots: 4, composed: 2, films: 0 });
  assert.ok((await booth.store.picture(String(id), 'original'))?.equals(second.bytes));
  assert.equal((await show()).status, 404, 'then it is a photo');
});

test('guests before a green screen stand before the event’s picture', async (t) => {
  const beach = await plainJpeg('blue');
  const settings = { greenScreen: 'beach' };
  const booth = await openBooth(t, { settings, backdrops: new Map([['beach', beach]]) });
  await booth.shot(key(1), 0, await plainJpeg('#3ca54b'), 'template=full-bleed');
  const [, { id }] = await booth.finish(key(1), { template: 'full-bleed' });
  const picture = await booth.store.picture(String(id), 'original');
  assert.ok(picture);
  assert.deepEqual(await coloursAt(picture, [[60, 50]]), ['blue']);
  settings.greenScreen = 'gone';
  await booth.shot(key(2), 0, await plainJpeg('#3ca54b'), 'template=full-bleed');
  assert.equal((await booth.finish(key(2), { template: 'full-bleed' }))[0], 201, 'a photo all the same');
});

test('a film that cannot be made costs no picture, and its frames are set aside', async (t) => {
  for (const makeFilm of [
    async () => ({ kind: 'failed', reason: 'no codec' }) as const,
    () => Promise.reject(new Error('no codec')),
  ]) {
    const booth = await openBooth(t, { makeFilm });
    await booth.clip(key(1), await three());
    const [status] = await booth.finish(key(1), { template: 'boomerang' });
    assert.equal(status, 201);
    assert.deepEqual([await booth.left(), (await booth.aside()).length], [[], 1]);
  }
});

test('what the guest does not want is gone', async (t) => {
  const booth = await openBooth(t);
  await booth.shot(key(1), 0, await noiseJpeg(4_000));
  assert.deepEqual(await booth.ask(key(1), { method: 'DELETE' }), [204, {}]);
  assert.deepEqual(await booth.ask(key(1), { method: 'DELETE' }), [204, {}]);
  assert.equal((await booth.finish(key(1)))[0], 404);
  const next = await booth.restart();
  assert.deepEqual([await next.left(), await next.store.list()], [[], []]);
});

test('what is refused says why, and leaves nothing', async (t) => {
  const booth = await openBooth(t);
  const jpeg = await noiseJpeg(4_000);
  const error = async (asked: Promise<[number, Record<string, unknown>]>) => {
    const [status, { error }] = await asked;
    return `${status} ${error}`;
  };
  const shot = (i: number | string, query?: string, bytes = jpeg) =>
    error(booth.shot(key(1), i, bytes, query));
  assert.equal(await shot(0, ''), '400 malformed');
  assert.equal(await shot(0, 'template=strip&filter=nothing'), '400 malformed');
  assert.equal(await shot(0, 'template=nothing'), '422 no-template');
  assert.equal(await shot(3), '422 no-such-shot');
  assert.equal(await shot('x'), '422 no-such-shot');
  assert.equal(await shot(0, undefined, Buffer.from('GIF89a')), '415 not-jpeg');
  assert.equal(await shot(0, undefined, jpeg.subarray(0, -900)), '422 truncated');
  assert.equal(await shot(0, undefined, Buffer.alloc(100_001)), '413 too-large');
  assert.equal(
    await error(booth.post(`${key(1)}/shots/0?template=strip`, 'image/png', jpeg)),
    '415 not-jpeg',
  );
  assert.equal(await error(booth.shot('..%2fx', 0, jpeg)), '404 no-visit');
  const clip = (frames: Buffer[]) => error(booth.clip(key(1), frames));
  assert.equal(await clip([jpeg]), '415 not-frames');
  assert.equal(await clip([jpeg, Buffer.from('GIF89a')]), '415 not-jpeg');
  assert.equal(await clip(Array(61).fill(jpeg.subarray(0, 10))), '415 not-frames');
  const torn = '--x\r\ncontent-disposition: form-data; name="frame"\r\n\r\nhalf';
  const form = 'multipart/form-data; boundary=x';
  assert.equal(await error(booth.post(`${key(1)}/clip`, form, torn)), '415 not-frames');
  assert.equal(await error(booth.post(`${key(1)}/clip`, 'image/jpeg', jpeg)), '415 not-frames');
  assert.equal(await error(booth.finish(key(1))), '404 no-visit');
  booth.disk.free = 0;
  assert.equal(await shot(0), '507 full', 'before anything is written');
  assert.deepEqual(await booth.left(), []);

  booth.disk.free = 1e9;
  await booth.shot(key(1), 0, jpeg);
  await booth.shot(key(1), 2, jpeg);
  assert.equal(await error(booth.finish(key(1))), '409 shots-missing');
  const show = (what: string) => error(booth.ask(`${key(1)}/${what}?template=strip`, {}));
  assert.equal(await show('picture'), '409 shots-missing');
  await booth.shot(key(1), 1, jpeg);
  assert.equal(await show('film'), '409 shots-missing');
  booth.drawn.state.fails = true;
  assert.equal(await show('picture'), '500 not-drawn');
  assert.equal(await error(booth.finish(key(1), { template: 'nothing' })), '422 no-template');
  assert.equal(await error(booth.finish(key(1), { template: 3 })), '400 malformed');
  const foreign = { method: 'DELETE', headers: { origin: 'http://evil.example' } };
  assert.equal(await error(booth.ask(key(1), foreign)), '403 not-local');
  assert.deepEqual(await booth.left(), [key(1)]);
  for (let i = 0; i < 19; i += 1) await mkdir(join(booth.dir, 'visits', `another-visit-${i}`));
  assert.equal(await error(booth.shot(key(2), 0, jpeg)), '429 too-many');
});

test('a disk that is full at the end: said, and the visit waits for room', async (t) => {
  const booth = await openBooth(t);
  for (const [i, jpeg] of (await three()).entries()) await booth.shot(key(1), i, jpeg);
  booth.disk.free = 0;
  assert.equal((await booth.finish(key(1)))[0], 507);
  assert.deepEqual(await booth.left(), [key(1)]);
  booth.disk.free = 1e9;
  assert.equal((await booth.finish(key(1)))[0], 201);
  assert.deepEqual(await booth.left(), []);
});

test('what a power cut left is finished at the next start when all shots are there', async (t) => {
  const booth = await openBooth(t, { settings: { keepShots: true } });
  for (const [i, jpeg] of (await three()).entries())
    await booth.shot(key(1), i, jpeg, 'template=strip&filter=sepia');
  const next = await booth.restart({}, () =>
    writeFile(join(booth.dir, 'visits', key(1), '1.jpg.part'), 'half'),
  );
  assert.deepEqual(await next.left(), []);
  const [photo, ...more] = await next.store.list();
  assert.deepEqual([photo?.n, more], [1, []]);
  const [status, { id }] = await next.finish(key(1), { template: 'strip' });
  assert.deepEqual([status, id], [201, photo?.id], 'and the page that asks again gets it');
  await next.store.settleTimes();
  const [segment] = next.store.waiting();
  assert.equal(segment?.extras.length, 3);
  assert.equal((await segment?.db.get<PhotoDoc>(String(id)))?.made?.filter, 'sepia');
});

test('else each shot is a photo of its own, once', async (t) => {
  const booth = await openBooth(t);
  const [first, , third] = await three();
  await booth.shot(key(1), 0, first);
  await booth.shot(key(1), 2, third);
  const next = await booth.restart();
  const saved = async (store = next.store) =>
    Promise.all((await store.list()).map(async ({ id }) => store.picture(id, 'original')));
  const same = (pictures: (Buffer | undefined)[]) =>
    pictures.length === 2 && [first, third].every((jpeg) => pictures.some((one) => one?.equals(jpeg)));
  assert.ok(same(await saved()));
  assert.deepEqual(await next.left(), []);
  // The power was cut before the visit was gone.
  const again = await next.restart({}, async () => {
    await mkdir(join(booth.dir, 'visits', key(1)));
    await writeFile(join(booth.dir, 'visits', key(1), 'visit.json'), JSON.stringify({ template: 'strip' }));
    await writeFile(join(booth.dir, 'visits', key(1), '0.jpg'), first);
  });
  assert.ok(same(await saved(again.store)));
  assert.deepEqual(await again.left(), []);
});

test('a picture that cannot be made: the guest gets a shot, and none is lost', async (t) => {
  const booth = await openBooth(t);
  const shots = await three();
  for (const [i, jpeg] of shots.entries()) await booth.shot(key(1), i, jpeg);
  booth.drawn.state.fails = true;
  const [status, { id }] = await booth.finish(key(1), { template: 'strip', filter: 'noir' });
  assert.equal(status, 201);
  assert.ok((await booth.store.picture(String(id), 'original'))?.equals(shots[0]));
  assert.equal((await booth.store.list()).length, 3);
  assert.deepEqual(await booth.left(), []);
});

test('a shot that the disk has damaged costs none of the others, and is set aside', async (t) => {
  const booth = await openBooth(t);
  for (const [i, jpeg] of (await three()).entries()) await booth.shot(key(1), i, jpeg);
  const next = await booth.restart({}, async () => {
    await truncate(join(booth.dir, 'visits', key(1), '0.jpg'), 2_000);
  });
  assert.equal((await next.store.list()).length, 2);
  assert.deepEqual([await next.left(), (await next.aside()).length], [[], 1]);
});

test('a visit whose choice the disk has damaged costs no shot, and holds up no other visit', async (t) => {
  const booth = await openBooth(t);
  const [first, second, third] = await three();
  await booth.shot(key(1), 0, first);
  await booth.shot(key(1), 1, second);
  await booth.shot(key(2), 0, third);
  const next = await booth.restart({}, () =>
    writeFile(join(booth.dir, 'visits', key(1), 'visit.json'), '{"tem'),
  );
  assert.deepEqual([(await next.store.list()).length, await next.left()], [3, []]);
});

test('all visits are settled at once where no guest is, and it is said when one has to wait for room', async (t) => {
  const booth = await openBooth(t);
  for (const [i, jpeg] of (await three()).entries()) await booth.shot(key(1), i, jpeg);
  await booth.shot(key(2), 0, await noiseJpeg(4_000));
  booth.disk.free = 0;
  assert.equal(await booth.visits.settleAll(), false);
  assert.equal((await booth.left()).length, 2);
  booth.disk.free = 1e9;
  assert.equal(await booth.visits.settleAll(), true);
  assert.deepEqual([await booth.left(), (await booth.store.list()).length], [[], 2]);
});

test('a visit that was left is settled when another begins; one that goes on is not', async (t) => {
  const booth = await openBooth(t);
  for (const [i, jpeg] of (await three()).entries()) await booth.shot(key(1), i, jpeg);
  booth.clock.ms = 11 * MINUTE;
  await booth.shot(key(2), 0, await noiseJpeg(4_000));
  await until(async () => (await booth.store.list()).length === 1, 'settled');
  await booth.visits.stop();
  assert.deepEqual(await booth.left(), [key(2)]);
  booth.clock.ms += 9 * MINUTE;
  await booth.shot(key(3), 0, await noiseJpeg(4_000));
  await booth.visits.stop();
  assert.deepEqual((await booth.left()).sort(), [key(2), key(3)]);
});
