import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClock } from '../clock.ts';
import { attempt } from '../store/opening.ts';
import { openStore, type Store } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const BOOTH = 'c'.repeat(24);
const NOW = new Date('2026-07-14T13:30:12.042Z');

async function open(dir: string): Promise<Store> {
  const clock = createClock({ systemNow: () => NOW.getTime() });
  const store = await openStore({
    ...{ dir, booth: BOOTH, reserveBytes: 1000, maxPhotoBytes: 1e7, clock, log: quiet },
  });
  await store.recovered();
  return store;
}

interface Taken {
  id: string;
  name: string;
  jpeg: Buffer;
  /** Id and bytes of the shot that is kept beside it. */
  shot: { id: string; jpeg: Buffer };
}

async function take(store: Store, bytes = 30_000): Promise<Taken> {
  const jpeg = await noiseJpeg(bytes);
  const shot = await noiseJpeg(bytes / 2);
  const outcome = await store.save(jpeg, undefined, { shots: [shot] });
  assert.ok(outcome.kind === 'saved');
  const { id, name } = outcome;
  const md5 = createHash('md5').update(shot).digest('hex');
  return { id, name, jpeg, shot: { id: id.replace(/^photo(.*:).*$/, `shot$1${md5}`), jpeg: shot } };
}

/**
 * A booth that was switched off with photos in tables and in the log of its segment: LevelDB makes a table
 * of a log each time it opens.
 */
async function boothThatIsOff(t: TestContext) {
  const dir = await tempFolder(t);
  const taken: Taken[] = [];
  for (const photos of [6, 2, 2]) {
    const store = await open(dir);
    for (let i = 0; i < photos; i += 1) taken.push(await take(store));
    const [first] = taken;
    assert.ok(first);
    if (photos === 6) await store.addPreview(first.id, { thumbnail: first.jpeg, screen: first.jpeg });
    await store.close();
  }
  return { dir, taken, segment: join(dir, 'queue', '0001') };
}

async function assertWhole(t: TestContext, dir: string, taken: Taken[]): Promise<Store> {
  const started = performance.now();
  const store = await open(dir);
  t.after(() => store.close().catch(() => undefined)); // most tests have closed it by then
  assert.ok(performance.now() - started < 5_000, 'opens within seconds');
  const ids = (await store.list()).map(({ id }) => id).sort();
  assert.deepEqual(ids, taken.map(({ id }) => id).sort());
  for (const { id, jpeg, shot } of taken) {
    assert.ok((await store.picture(id, 'original'))?.equals(jpeg), id);
    assert.ok((await store.bytes(shot.id))?.equals(shot.jpeg), shot.id);
  }
  await store.settleTimes();
  const shots = store.waiting().flatMap(({ extras }) => extras.map(({ id }) => id));
  assert.deepEqual(shots.sort(), taken.map(({ shot }) => shot.id).sort());
  return store;
}

const asideOf = (dir: string): Promise<string[]> => readdir(join(dir, 'set-aside'));

/** The file of the segment whose name is like this, the largest first. */
async function fileOf(segment: string, like: RegExp): Promise<string> {
  const names = (await readdir(segment)).filter((name) => like.test(name));
  const files = await Promise.all(
    names.map(async (name) => ({ name, size: (await stat(join(segment, name))).size })),
  );
  const [largest] = files.sort((a, b) => b.size - a.size);
  assert.ok(largest, `no file like ${like}`);
  return join(segment, largest.name);
}

async function cutInHalf(path: string): Promise<void> {
  await truncate(path, Math.floor((await stat(path)).size / 2));
}

async function flip(path: string, from: number, bytes: number): Promise<void> {
  const content = await readFile(path);
  for (let at = from; at < Math.min(from + bytes, content.length); at += 1)
    content[at] = (content[at] ?? 0) ^ 0xff;
  await writeFile(path, content);
}

const MANIFEST = /^MANIFEST/;
const TABLE = /\.ldb$/;
const LOG = /^\d+\.log$/;

const fatal: Record<string, (segment: string) => Promise<unknown>> = {
  'a torn MANIFEST': async (segment) => truncate(await fileOf(segment, MANIFEST), 20),
  'an empty MANIFEST': async (segment) => truncate(await fileOf(segment, MANIFEST), 0),
  'no MANIFEST': async (segment) => rm(await fileOf(segment, MANIFEST)),
  'no CURRENT': (segment) => rm(join(segment, 'CURRENT')),
  'garbage in CURRENT': (segment) => writeFile(join(segment, 'CURRENT'), 'garbage'),
  'a missing table': async (segment) => rm(await fileOf(segment, TABLE)),
  'a torn table': async (segment) => cutInHalf(await fileOf(segment, TABLE)),
  'garbage for a table': async (segment) => {
    const table = await fileOf(segment, TABLE);
    await writeFile(table, Buffer.alloc((await stat(table)).size, 7));
  },
  'a folder with nothing in it': async (segment) => {
    for (const name of await readdir(segment)) await rm(join(segment, name));
  },
};

for (const [damage, inflict] of Object.entries(fatal)) {
  test(`${damage}: the segment is set aside, and every photo is there`, async (t) => {
    const { dir, taken, segment } = await boothThatIsOff(t);
    await inflict(segment);
    const left = (await readdir(segment)).filter((name) => TABLE.test(name));
    const store = await assertWhole(t, dir, taken);

    const aside = await asideOf(dir);
    assert.deepEqual(aside, ['2026-07-14T133012.042Z_queue-0001']);
    const kept = await readdir(join(dir, 'set-aside', aside[0] ?? ''));
    for (const name of left) assert.ok(kept.includes(name), `${name} is kept`);
    assert.deepEqual(await readdir(join(dir, 'queue')), ['0002'], 'its number is not given again');
    assert.equal(store.withoutPreview().length, taken.length, 'previews are made again');

    taken.push(await take(store));
    assert.equal((await store.list())[0]?.n, taken.length, 'numbers go on');
    await store.close();
    await assertWhole(t, dir, taken);
    assert.equal((await asideOf(dir)).length, 1, 'once');
  });
}

test('bits that flipped anywhere in a table or the log: every photo is there', async (t) => {
  const { dir, taken, segment } = await boothThatIsOff(t);
  const files = (await readdir(segment)).filter((name) => TABLE.test(name) || LOG.test(name));
  const originals = new Map<string, Buffer>();
  for (const name of await readdir(segment)) originals.set(name, await readFile(join(segment, name)));
  for (const name of files) {
    const size = originals.get(name)?.length ?? 0;
    for (const from of [0.05, 0.5, 0.9, 0.99, 1].map((part) => Math.floor(size * part) - 40)) {
      await rm(join(dir, 'queue'), { recursive: true });
      await rm(join(dir, 'set-aside'), { recursive: true });
      await mkdir(segment, { recursive: true });
      for (const [file, content] of originals) await writeFile(join(segment, file), content);
      await flip(join(segment, name), Math.max(0, from), 40);
      await (await assertWhole(t, dir, taken)).close();
    }
  }
});

test('a torn log: what it held is entered again', async (t) => {
  const { dir, taken, segment } = await boothThatIsOff(t);
  await cutInHalf(await fileOf(segment, LOG));
  await assertWhole(t, dir, taken);
  assert.deepEqual(await asideOf(dir), []);
});

test('a damaged segment leaves the others alone, and a damaged file the other photos', async (t) => {
  const { dir, taken, segment } = await boothThatIsOff(t);
  await rm(join(segment, 'CURRENT'));
  let store = await assertWhole(t, dir, taken);
  taken.push(await take(store));
  await store.close();
  const [broken, ...whole] = taken;
  assert.ok(broken);
  await rm(join(dir, 'queue', '0002', 'CURRENT'));
  await cutInHalf(join(dir, 'photos', broken.name));
  store = await assertWhole(t, dir, whole);
  assert.deepEqual(await readdir(join(dir, 'queue')), ['0003']);
  const aside = (await asideOf(dir)).map((name) => name.replace(/^[^_]*_/, ''));
  assert.deepEqual(aside.sort(), [broken.name, 'queue-0001', 'queue-0002']);
});

test('an original that is damaged in the queue is read from its file', async (t) => {
  const { dir, taken, segment } = await boothThatIsOff(t);
  const table = await fileOf(segment, TABLE);
  const at = (await readFile(table)).indexOf(taken[0]?.jpeg.subarray(5_000, 5_100) ?? '');
  assert.notEqual(at, -1);
  await flip(table, at, 100);
  await assertWhole(t, dir, taken);
  assert.deepEqual(await asideOf(dir), [], 'the documents are whole');
});

test('a queue that another process has open is not damaged', async (t) => {
  const { dir, segment, taken } = await boothThatIsOff(t);
  const script = join(await tempFolder(t), 'holder.mjs');
  await writeFile(
    script,
    `import { openLevelDb } from ${JSON.stringify(import.meta.resolve('@photomaton/couch/leveldb'))};
    await openLevelDb(${JSON.stringify(segment)});
    process.send('open');
    process.on('disconnect', () => process.exit());`,
  );
  const holder = fork(script, { execArgv: ['--import', 'tsx'] });
  t.after(() => holder.kill());
  await once(holder, 'message');
  await assert.rejects(open(dir), /lock/i);
  assert.deepEqual(await asideOf(dir), []);
  holder.disconnect();
  await once(holder, 'exit');
  await assertWhole(t, dir, taken);
});

test('a segment over which the booth ended three times in a row is set aside', async (t) => {
  const { dir, taken } = await boothThatIsOff(t);
  const file = join(dir, 'queue', '0001.opening');
  const endDuringAttempt = () =>
    new Promise<void>((resolve, reject) => {
      attempt(file, () => {
        resolve();
        return new Promise(() => undefined); // as if the process ended here
      }).catch(reject);
    });
  for (let times = 1; times <= 2; times += 1) await endDuringAttempt();
  await (await assertWhole(t, dir, taken)).close();
  assert.deepEqual(await readdir(join(dir, 'queue')), ['0001'], 'two are forgiven, and forgotten');
  for (let times = 1; times <= 3; times += 1) await endDuringAttempt();
  await assertWhole(t, dir, taken);
  assert.deepEqual(await asideOf(dir), ['2026-07-14T133012.042Z_queue-0001']);
  assert.deepEqual(await readdir(join(dir, 'queue')), ['0002']);
});
