import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, link, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { digestOf, PHOTO_ATTACHMENT, parsePhotoId } from '@photomaton/design-docs/docs';
import { createClock } from '../clock.ts';
import { openStore, type Store } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const run = promisify(execFile);
const BOOTH = 'b'.repeat(24);
const EVENT = 'e'.repeat(24);
const MD5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
/** Months are English and hours are the booth's own, whatever the zone this test runs in. */
const TAKEN = new Date(2026, 6, 14, 15, 30, 12, 42);

interface Options {
  /** What the system's clock says. */
  now?: () => Date;
  keepLocalMs?: number;
  freeBytes?: () => Promise<number>;
  maxPhotoBytes?: number;
}

async function open(dir: string, { now = () => TAKEN, ...options }: Options = {}): Promise<Store> {
  const store = await openStore({
    ...{ dir, booth: BOOTH, reserveBytes: 1000, maxPhotoBytes: 1_000_000, log: quiet },
    ...{ clock: createClock({ systemNow: () => now().getTime() }), ...options },
  });
  await store.recovered();
  return store;
}

/** A store in a folder of its own, and a way to start it again as after a power cut that lost nothing. */
async function openFresh(t: TestContext, options: Options = {}) {
  const dir = await tempFolder(t);
  let store = await open(dir, options);
  t.after(() => store.close());
  return {
    dir,
    photos: join(dir, 'photos'),
    store: () => store,
    async restart(between: () => Promise<unknown> = async () => undefined): Promise<Store> {
      await store.close();
      await between();
      store = await open(dir, options);
      return store;
    },
  };
}

async function saved(store: Store, jpeg: Buffer) {
  const outcome = await store.save(jpeg);
  assert.equal(outcome.kind, 'saved');
  return outcome as Extract<typeof outcome, { kind: 'saved' }>;
}

test('a saved photo is a file of its name and a document of its content', async (t) => {
  const { store, photos } = await openFresh(t);
  const jpeg = await noiseJpeg(5_000);
  const { id, n, name } = await saved(store(), jpeg);
  assert.equal(name, '14Jul2026_153012.jpg');
  assert.deepEqual(await readFile(join(photos, name)), jpeg);
  assert.deepEqual(await readdir(photos), [name]);
  assert.equal(parsePhotoId(id)?.md5Hex, MD5(jpeg));
  assert.equal(n, 1);
  await store().settleTimes();
  const [waiting] = store().waiting();
  assert.ok(waiting);
  const doc = await waiting.db.get<{ takenAt: string; bytes: number }>(id);
  const stub = doc._attachments?.[PHOTO_ATTACHMENT] as PouchDB.Core.StubAttachment;
  assert.deepEqual([stub.digest, stub.length, doc.bytes], [digestOf(MD5(jpeg)), jpeg.length, jpeg.length]);
  assert.equal(Date.parse(doc.takenAt), TAKEN.getTime());
  assert.ok((await store().picture(id, 'original'))?.equals(jpeg));
});

test('photos of the same second have names of their own, and numbers go on, also after a restart', async (t) => {
  const { store, restart } = await openFresh(t);
  await saved(store(), await noiseJpeg(3_000));
  const both = await Promise.all([noiseJpeg(3_000), noiseJpeg(3_000)]).then((two) =>
    Promise.all(two.map((jpeg) => saved(store(), jpeg))),
  );
  assert.deepEqual(
    both.map(({ name }) => name),
    ['14Jul2026_153012-2.jpg', '14Jul2026_153012-3.jpg'],
  );
  const { name, n } = await saved(await restart(), await noiseJpeg(3_000));
  assert.deepEqual([name, n], ['14Jul2026_153012-4.jpg', 4]);
});

test('a file that someone put there is never overwritten', async (t) => {
  const { store, photos } = await openFresh(t);
  await writeFile(join(photos, '14Jul2026_153012.jpg'), 'not ours');
  const { name } = await saved(store(), await noiseJpeg(3_000));
  assert.equal(name, '14Jul2026_153012-2.jpg');
  assert.equal(await readFile(join(photos, '14Jul2026_153012.jpg'), 'utf8'), 'not ours');
});

test('what is no photo is refused, and leaves nothing', async (t) => {
  const { store, photos } = await openFresh(t, { maxPhotoBytes: 50_000 });
  const jpeg = await noiseJpeg(20_000);
  const cases: [Buffer, string][] = [
    [Buffer.alloc(0), 'empty'],
    [Buffer.from('GIF89a'), 'not-jpeg'],
    [jpeg.subarray(0, 3), 'truncated'],
    [jpeg.subarray(0, -1_000), 'truncated'],
    [await noiseJpeg(100_000), 'too-large'],
  ];
  for (const [bytes, reason] of cases) {
    assert.deepEqual(await store().save(bytes), { kind: 'rejected', reason });
  }
  assert.deepEqual(await readdir(photos), []);
  assert.deepEqual(await store().list(), []);
});

test('below the reserve nothing is taken; with space again it is', async (t) => {
  let free = 999;
  const { store } = await openFresh(t, { freeBytes: async () => free });
  const jpeg = await noiseJpeg(3_000);
  assert.deepEqual(await store().save(jpeg), { kind: 'full', freeBytes: 999, reserveBytes: 1000 });
  assert.equal((await store().space()).full, true);
  free = 1_000_000;
  assert.equal((await store().space()).full, false);
  await saved(store(), jpeg);
});

test('half-written files are set aside, not deleted; a second link to a photo is dropped', async (t) => {
  const { dir, photos, store, restart } = await openFresh(t);
  const { name } = await saved(store(), await noiseJpeg(3_000));
  await restart(async () => {
    await writeFile(join(photos, '14Jul2026_153013.jpg.part'), 'half');
    await link(join(photos, name), join(photos, `${name}.part`));
  });
  assert.deepEqual(await readdir(photos), [name]);
  const aside = await readdir(join(dir, 'set-aside'));
  assert.equal(aside.length, 1);
  assert.match(aside[0] ?? '', /^2026-07-14T.*_14Jul2026_153013\.jpg\.part$/);
});

test('a photo whose queue is lost is entered again, as the same document and revision', async (t) => {
  const { dir, store, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const { id } = await saved(store(), jpeg);
  const revision = async () => {
    await store().settleTimes();
    return store().waiting()[0]?.originals[0]?.rev;
  };
  const before = await revision();
  await restart(() => rm(join(dir, 'queue'), { recursive: true }));
  assert.deepEqual(
    (await store().list()).map((photo) => photo.id),
    [id],
  );
  assert.equal(await revision(), before);
  await restart();
  assert.equal((await store().list()).length, 1, 'once, however often it starts');
});

test('a photo of which only the file is left is entered under a new number', async (t) => {
  const { dir, store, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const first = await saved(store(), jpeg);
  await saved(store(), await noiseJpeg(3_000));
  await restart(async () => {
    await rm(join(dir, 'queue'), { recursive: true });
    await rm(join(dir, 'ledger.jsonl'));
  });
  const photos = await store().list();
  assert.equal(photos.length, 2);
  const again = photos.find(({ name }) => name === first.name);
  assert.ok(again && parsePhotoId(again.id)?.md5Hex === MD5(jpeg));
  assert.equal(new Date(again.takenAt).getTime(), Math.floor(TAKEN.getTime() / 1000) * 1000, 'from its name');
});

test('a copy under another name of what is in the queue is set aside', async (t) => {
  const { dir, photos, store, restart } = await openFresh(t);
  const { name } = await saved(store(), await noiseJpeg(3_000));
  await restart(() => copyFile(join(photos, name), join(photos, '15Jul2026_000000.jpg')));
  assert.equal((await store().list()).length, 1);
  assert.equal((await readdir(join(dir, 'set-aside'))).length, 1);
});

test('a photo whose file is missing is still there', async (t) => {
  const { photos, store, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const { id, name } = await saved(store(), jpeg);
  await restart(() => unlink(join(photos, name)));
  assert.ok((await store().picture(id, 'original'))?.equals(jpeg));
  assert.equal((await store().list())[0]?.state, 'on-booth');
});

test('numbers are never given twice, even when nothing but the ledger is left', async (t) => {
  const { dir, store, restart } = await openFresh(t);
  for (let i = 0; i < 3; i += 1) await saved(store(), await noiseJpeg(3_000));
  await restart(async () => {
    await rm(join(dir, 'queue'), { recursive: true });
    await rm(join(dir, 'photos'), { recursive: true });
    // A line torn by a power cut, on top.
    await writeFile(join(dir, 'ledger.jsonl'), '{"_id":"photo:2026', { flag: 'a' });
  });
  assert.equal((await saved(store(), await noiseJpeg(3_000))).n, 4);
  await restart(() => rm(join(dir, 'queue'), { recursive: true }));
  assert.equal((await store().list())[0]?.n, 4, 'the line after the torn one is whole');
});

test('what the server has is let go of, and stays let go of', async (t) => {
  const { photos, store, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const { id } = await saved(store(), jpeg);
  const kept = await saved(store(), await noiseJpeg(3_000));
  await store().release([id], EVENT);
  assert.deepEqual(await readdir(photos), [kept.name]);
  const states = async () => (await store().list()).map(({ state }) => state);
  assert.deepEqual(await states(), ['on-booth', 'in-cloud']);
  // As if the power was cut between the note that it is in the cloud and the removal of its file.
  await restart(() => writeFile(join(photos, '14Jul2026_153012.jpg'), jpeg));
  assert.deepEqual(await readdir(photos), [kept.name]);
  assert.deepEqual(await states(), ['on-booth', 'in-cloud']);
  await store().settleTimes();
  assert.deepEqual(
    store()
      .waiting()
      .flatMap(({ originals }) => originals.map((doc) => doc.id)),
    [kept.id],
  );
});

test('listeners hear of saved photos', async (t) => {
  const { store } = await openFresh(t);
  let heard = 0;
  const end = store().onChange(() => {
    heard += 1;
  });
  await saved(store(), await noiseJpeg(3_000));
  assert.equal(heard, 1);
  end();
  await saved(store(), await noiseJpeg(3_000));
  assert.equal(heard, 1);
});

test('a second process cannot have the same store', async (t) => {
  const { dir, store } = await openFresh(t);
  await saved(store(), await noiseJpeg(3_000));
  const script = `import { openLevelDb } from ${JSON.stringify(import.meta.resolve('@photomaton/couch/leveldb'))};
    await openLevelDb(${JSON.stringify(join(dir, 'queue/0001'))});`;
  const other = run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await assert.rejects(other, /lock/i);
});

test('a shot that is sent again under its key is saved once, also after a restart', async (t) => {
  const { store, photos, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const first = await store().save(jpeg, 'the-first-shot');
  assert.equal(first.kind, 'saved');
  assert.deepEqual(await store().save(jpeg, 'the-first-shot'), first);
  assert.deepEqual(await (await restart()).save(jpeg, 'the-first-shot'), first);
  assert.equal((await readdir(photos)).length, 1);
  const second = await store().save(jpeg, 'the-second-shot');
  assert.notDeepEqual(second, first, 'the same picture may be taken twice');
  assert.equal((await store().list()).length, 2);
});

test('a key of which nothing but the line in the ledger is left saves the photo', async (t) => {
  const { dir, store, photos, restart } = await openFresh(t);
  const jpeg = await noiseJpeg(3_000);
  const first = await store().save(jpeg, 'the-first-shot');
  await restart(async () => {
    await rm(join(dir, 'queue'), { recursive: true });
    await rm(photos, { recursive: true });
  });
  const again = await store().save(jpeg, 'the-first-shot');
  assert.equal(again.kind, 'saved');
  assert.notDeepEqual(again, first, 'a number is never given twice');
  assert.equal((await store().list()).length, 1);
});

test('a file that a power cut left without its name gets it', async (t) => {
  const { dir, photos, store, restart } = await openFresh(t);
  const { name } = await saved(store(), await noiseJpeg(3_000));
  await restart(() => rename(join(photos, name), join(photos, `${name}.part`)));
  assert.deepEqual(await readdir(photos), [name]);
  await restart(async () => {
    await unlink(join(photos, name));
    await writeFile(join(photos, `${name}.part`), 'half');
  });
  assert.deepEqual(await readdir(photos), []);
  assert.equal((await readdir(join(dir, 'set-aside'))).length, 1, 'of other bytes it is none');
});

test('after the loss of the whole queue photos are taken at once, while the others are entered again', async (t) => {
  const dir = await tempFolder(t);
  const before = await open(dir);
  const taken: string[] = [];
  for (let i = 0; i < 30; i += 1) taken.push((await saved(before, await noiseJpeg(3_000))).id);
  await before.close();
  await rm(join(dir, 'queue'), { recursive: true });
  const clock = createClock({ systemNow: () => TAKEN.getTime() });
  const again = await openStore({
    ...{ dir, booth: BOOTH, reserveBytes: 1000, maxPhotoBytes: 1_000_000, clock, log: quiet },
  });
  t.after(() => again.close());
  const next = await saved(again, await noiseJpeg(3_000));
  const early = (await again.list()).length;
  assert.ok(early < 31, 'most are still to be entered');
  await again.recovered();
  assert.deepEqual(new Set((await again.list()).map(({ id }) => id)), new Set([...taken, next.id]));
});

test('a photo says at which event it was taken', async (t) => {
  const dir = await tempFolder(t);
  let event: string | undefined;
  const store = await openStore({
    ...{ dir, booth: BOOTH, reserveBytes: 0, maxPhotoBytes: 1e6, event: () => event, log: quiet },
  });
  t.after(() => store.close());
  await saved(store, await noiseJpeg(3_000));
  event = 'e'.repeat(24);
  await saved(store, await noiseJpeg(3_000));
  assert.deepEqual(
    (await store.list()).map((photo) => photo.event),
    [event, undefined],
  );
  await store.settleTimes();
  assert.deepEqual(
    store.waiting().flatMap(({ originals }) => originals.map((doc) => doc.event)),
    [undefined, event],
  );
});

test('who is in no hurry can wait until no photo is being saved', async (t) => {
  const { store } = await openFresh(t);
  const jpegs = await Promise.all([noiseJpeg(3_000), noiseJpeg(3_000)]);
  let done = 0;
  const saves = jpegs.map((jpeg) => saved(store(), jpeg).finally(() => (done += 1)));
  await store().unhurried();
  assert.equal(done, 2);
  await Promise.all(saves);
  await store().unhurried();
});
