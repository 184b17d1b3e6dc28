/** Shots and clips beside their photo: saved with it, kept as long as it, found again with it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ClipDoc, type PhotoDoc, parseContentId, type ShotDoc } from '@photomaton/design-docs/docs';
import { createClock } from '../clock.ts';
import type { Extras } from '../store/extras.ts';
import { openStore, type Store } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const EVENT = 'e'.repeat(24);

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const PARTY = new Date(2026, 6, 14, 15, 30, 0).getTime();
const made = { template: 'classic-strip', version: 2, filter: 'sepia', language: 'fr' } as const;
const clip = (text: string, format: 'mp4' | 'webp') => ({
  ...{ format, bytes: Buffer.from(text), width: 800, height: 600 },
});

async function openBooth(t: TestContext, { systemMs = PARTY } = {}) {
  const dir = await tempFolder(t);
  const clock = createClock({ systemNow: () => systemMs, monotonicMs: () => 60_000 });
  const open = async () => {
    const store = await openStore({
      ...{ dir, booth: 'a'.repeat(24), event: () => 'e'.repeat(24), clock, log: quiet },
      ...{ reserveBytes: 0, maxPhotoBytes: 1e6 },
    });
    await store.recovered();
    return store;
  };
  let store = await open();
  t.after(() => store.close());
  return {
    dir,
    clock,
    store: () => store,
    async restart(between: () => Promise<unknown> = async () => undefined): Promise<Store> {
      await store.close();
      await between();
      store = await open();
      return store;
    },
  };
}

async function saved(store: Store, extras: Extras, key?: string) {
  const outcome = await store.save(await noiseJpeg(5_000), key, extras);
  assert.ok(outcome.kind === 'saved');
  return outcome;
}

/** Everything that waits, once its time is decided. */
async function waiting(store: Store) {
  await store.settleTimes();
  const segments = store.waiting();
  return {
    db: segments[0]?.db as PouchDB.Database,
    originals: segments.flatMap(({ originals }) => originals),
    extras: segments.flatMap(({ extras }) => extras),
  };
}

test('shots and clips are documents of their content, beside a photo that says how it was made', async (t) => {
  const { store, dir } = await openBooth(t);
  const shots = [await noiseJpeg(3_000), await noiseJpeg(4_000)] as const;
  const { id, n } = await saved(store(), {
    made,
    shots: [shots[0], shots[1], shots[0]],
    clips: [clip('film', 'mp4'), clip('pictures', 'webp')],
  });
  const { db, extras } = await waiting(store());
  const photo = await db.get<PhotoDoc>(id);
  assert.deepEqual(photo.made, made);
  assert.equal(extras.length, 4, 'shots that are the same are one');

  const docs = await Promise.all(extras.map((extra) => db.get<ShotDoc | ClipDoc>(extra.id)));
  const found = docs.map(({ type, n, event, photo, bytes, width, ...doc }) => {
    assert.deepEqual([n, event, photo], [1, 'e'.repeat(24), id]);
    assert.ok(bytes > 0 && width > 0);
    const [[name, { content_type }] = ['', { content_type: '' }]] = Object.entries(doc._attachments ?? {});
    return [
      type,
      'shots' in doc ? doc.shots : doc.format,
      parseContentId(doc._id)?.md5Hex,
      name,
      content_type,
    ];
  });
  const byName = (a: unknown[], b: unknown[]) => String(a).localeCompare(String(b));
  assert.deepEqual(
    found.sort(byName),
    [
      ['shot', [0, 2], md5(shots[0]), 'shot.jpg', 'image/jpeg'],
      ['shot', [1], md5(shots[1]), 'shot.jpg', 'image/jpeg'],
      ['clip', 'mp4', md5(Buffer.from('film')), 'clip.mp4', 'video/mp4'],
      ['clip', 'webp', md5(Buffer.from('pictures')), 'clip.webp', 'image/webp'],
    ].sort(byName),
  );
  for (const extra of extras) {
    const key = parseContentId(extra.id);
    const bytes = await store().bytes(extra.id);
    assert.equal(bytes && md5(bytes), key?.md5Hex);
    assert.ok(bytes?.equals(await readFile(store().file(extra.id) ?? '')), 'a second copy');
  }
  assert.equal((await readdir(join(dir, 'extras'))).length, 4);
  assert.deepEqual(
    (await store().list()).map((entry) => entry.n),
    [n],
    'one photo is one photo',
  );
});

test('a shot that is no JPEG is refused, and nothing is saved', async (t) => {
  const { store, dir } = await openBooth(t);
  const outcome = await store().save(await noiseJpeg(5_000), undefined, { shots: [Buffer.from('GIF89a')] });
  assert.deepEqual(outcome, { kind: 'rejected', reason: 'not-jpeg' });
  assert.deepEqual(await store().list(), []);
  assert.deepEqual(await readdir(join(dir, 'extras')), []);
});

test('files are let go of when the server has all of a photo, and not sooner', async (t) => {
  const { store, dir, restart } = await openBooth(t);
  const shot = await noiseJpeg(3_000);
  const { id, name } = await saved(store(), { shots: [shot], clips: [clip('film', 'mp4')] });
  const files = async () => [await readdir(join(dir, 'photos')), (await readdir(join(dir, 'extras'))).sort()];
  const all = await files();
  assert.deepEqual([all[0], all[1]?.length], [[name], 2]);
  const [first, second] = (await waiting(store())).extras;
  assert.ok(first && second);

  await store().release([id, first.id], EVENT);
  assert.deepEqual(await files(), all, 'a photo may have to be made again from all of its files');
  assert.equal((await store().list())[0]?.state, 'in-cloud');
  assert.deepEqual(
    (await waiting(store())).extras.map((doc) => doc.id),
    [second.id],
  );
  await restart();
  assert.deepEqual(await files(), all);

  await store().release([second.id], EVENT);
  assert.deepEqual(await files(), [[], []]);
  // As if the power was cut between the note that they are in the cloud and the removal.
  await restart(() => writeFile(join(dir, 'extras', `1-${md5(shot)}.jpg`), shot));
  assert.deepEqual(await files(), [[], []]);
  assert.deepEqual((await readdir(join(dir, 'set-aside'))).length, 0);

  await store().takeBack([second.id]);
  assert.equal((await waiting(store())).extras.length, 1, 'and sent again when the server has lost it');
});

test('space is given back when the server has shots and clips too', async (t) => {
  const { store, dir } = await openBooth(t);
  const { id } = await saved(store(), { shots: [await noiseJpeg(3_000)] });
  store().giveUpPreview(id);
  await store().release([id], EVENT);
  await store().giveBackSpace();
  assert.deepEqual(
    (await readdir(join(dir, 'queue'))).filter((name) => /^\d/.test(name)),
    ['0001'],
  );
  await store().release(
    (await waiting(store())).extras.map((extra) => extra.id),
    EVENT,
  );
  await store().giveBackSpace();
  assert.deepEqual(
    (await readdir(join(dir, 'queue'))).filter((name) => /^\d/.test(name)),
    [],
  );
});

test('after the loss of the queue all of a photo is entered again, as the same revisions', async (t) => {
  const { store, dir, restart } = await openBooth(t);
  await saved(store(), { made, shots: [await noiseJpeg(3_000)], clips: [clip('film', 'mp4')] });
  await saved(store(), {});
  const revisions = async () => {
    const { originals, extras } = await waiting(store());
    return [...originals, ...extras].map(({ id, rev }) => `${id} ${rev}`).sort();
  };
  const before = await revisions();
  assert.equal(before.length, 4);
  await restart(() => rm(join(dir, 'queue'), { recursive: true }));
  assert.deepEqual(await revisions(), before);
});

test('a torn copy of a shot costs nothing but itself, and one that was never saved is set aside', async (t) => {
  const { store, dir, restart } = await openBooth(t);
  const shots = [await noiseJpeg(3_000), await noiseJpeg(3_000)] as const;
  await saved(store(), { shots: [...shots] });
  const torn = join(dir, 'extras', `1-${md5(shots[0])}.jpg`);
  await restart(async () => {
    await truncate(torn, 100);
    // The power was cut before the second photo had its entry or its name.
    await writeFile(join(dir, 'extras', `2-${md5(shots[1])}.jpg`), shots[1]);
  });
  assert.equal((await readdir(join(dir, 'set-aside'))).length, 1, 'of no photo');
  const { extras } = await waiting(store());
  assert.equal(extras.length, 2);
  for (const { id } of extras) assert.ok(await store().bytes(id), 'the copy in the queue is whole');

  await restart(() => rm(join(dir, 'queue'), { recursive: true }));
  assert.deepEqual(
    (await waiting(store())).extras.map(({ id }) => parseContentId(id)?.md5Hex),
    [md5(shots[1])],
  );
  await restart();
  assert.equal((await readdir(join(dir, 'set-aside'))).length, 2, 'the torn one is kept');
});

test('no room for second copies: saved all the same', async (t) => {
  const { store, dir } = await openBooth(t);
  await rm(join(dir, 'extras'), { recursive: true });
  await writeFile(join(dir, 'extras'), 'in the way');
  const outcome = await store().save(await noiseJpeg(5_000), undefined, { shots: [await noiseJpeg(3_000)] });
  assert.equal(outcome.kind, 'saved');
  const [extra] = (await waiting(store())).extras;
  assert.ok(extra && (await store().bytes(extra.id)));
});

test('under pressure second copies of shots go too, and never the last one', async (t) => {
  const free = { bytes: 1e9 };
  const dir = await tempFolder(t);
  const store = await openStore({
    ...{ dir, booth: 'a'.repeat(24), reserveBytes: 1e6, maxPhotoBytes: 1e6, log: quiet },
    freeBytes: async () => free.bytes,
  });
  t.after(() => store.close());
  const shots = [await noiseJpeg(3_000), await noiseJpeg(3_000)] as const;
  await saved(store, { shots: [...shots] });
  const { db, extras } = await waiting(store);
  const [whole, damaged] = extras;
  assert.ok(whole && damaged);
  // The copy of one shot in the queue cannot be read any more.
  const { getAttachment } = db;
  db.getAttachment = (id: string, ...more: unknown[]) =>
    id === damaged.id ? Promise.resolve(Buffer.from('x')) : Reflect.apply(getAttachment, db, [id, ...more]);
  free.bytes = 0;
  await store.space();
  const left = await readdir(join(dir, 'extras'));
  assert.deepEqual(left, [`1-${parseContentId(damaged.id)?.md5Hex}.jpg`]);
  for (const { id } of extras) assert.ok(await store.bytes(id));
});

test('the time that is set right is theirs too, before anything is sent', async (t) => {
  const { store, clock, restart, dir } = await openBooth(t, { systemMs: 0 });
  const shot = await noiseJpeg(3_000);
  const { id } = await saved(store(), { made, shots: [shot], clips: [clip('film', 'mp4')] });
  assert.match(id, /:19700101T/);
  clock.learn(new Date(PARTY));
  const { db, originals, extras } = await waiting(store());
  const [photo] = originals;
  assert.match(photo?.id ?? '', /^photo:20260714T/);
  assert.equal(extras.length, 2);
  for (const extra of extras) {
    assert.match(extra.id, /^(shot|clip):20260714T/);
    const doc = await db.get<ShotDoc>(extra.id);
    assert.equal(doc.photo, photo?.id);
    assert.ok(await store().bytes(extra.id));
    const before = extra.id.replace(/:2026[^:]*/, /:1970[^:]*/.exec(id)?.[0] ?? '');
    assert.ok(await store().bytes(before), 'also under its old id');
    await assert.rejects(db.get(before), { status: 404 });
  }
  const revisions = extras.map(({ rev }) => rev);
  await restart(() => rm(join(dir, 'queue'), { recursive: true }));
  const again = (await waiting(store())).extras;
  assert.deepEqual(again.map(({ rev }) => rev).sort(), revisions.sort(), 'the ledger knows their new ids');
});

test('a photo is known under its key while it is here', async (t) => {
  const { store, restart } = await openBooth(t);
  const first = await saved(store(), { shots: [await noiseJpeg(3_000)] }, 'the-first-visit');
  assert.deepEqual(store().savedUnder('the-first-visit'), first);
  assert.equal(store().savedUnder('another-visit'), undefined);
  assert.deepEqual((await restart()).savedUnder('the-first-visit'), first);
});
