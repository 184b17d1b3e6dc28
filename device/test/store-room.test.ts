/** What the booth keeps and lets go of: how long, and on a disk that is full. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createClock } from '../clock.ts';
import { openStore, type Store } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const MB = 2 ** 20;
const EVENT = 'e'.repeat(24);

async function open(t: TestContext, options: Partial<Parameters<typeof openStore>[0]> = {}) {
  const dir = options.dir ?? (await tempFolder(t));
  const store = await openStore({
    ...{ dir, booth: 'e'.repeat(24), reserveBytes: 1000 * MB, maxPhotoBytes: 10 * MB, log: quiet },
    ...options,
  });
  t.after(() => store.close().catch(() => undefined)); // some tests have closed it by then
  return {
    dir,
    store,
    files: () => readdir(join(dir, 'photos')),
    segments: () => readdir(join(dir, 'queue')),
  };
}

async function take(store: Store, bytes = 3_000) {
  const jpeg = await noiseJpeg(bytes);
  const outcome = await store.save(jpeg);
  assert.equal(outcome.kind, 'saved');
  return { ...(outcome as { id: string; name: string }), jpeg };
}

/** As if the server had the photo and its preview. */
async function send(store: Store, id: string): Promise<void> {
  await store.addPreview(id, { thumbnail: Buffer.from('small'), screen: Buffer.from('larger') });
  await store.settleTimes();
  const docs = store.waiting().flatMap(({ previews, originals }) => [...previews, ...originals]);
  await store.release(
    docs.map((doc) => doc.id).filter((of) => of.split(':')[3] === id.split(':')[3]),
    EVENT,
  );
}

test('what is in the cloud can be seen on the booth for as long as it says, then its space is given back', async (t) => {
  let now = Date.parse('2026-07-14T15:30:00Z');
  const clock = createClock({ systemNow: () => now });
  const hour = 3_600_000;
  const { store, files, segments } = await open(t, {
    ...{ reserveBytes: 0, keepLocalMs: 24 * hour, clock, event: () => EVENT },
  });
  const { id, jpeg } = await take(store);
  await send(store, id);
  now += 23 * hour;
  await store.giveBackSpace();
  assert.deepEqual(await files(), [], 'one copy is enough');
  assert.ok((await store.picture(id, 'original'))?.equals(jpeg));
  assert.equal((await store.list())[0]?.state, 'in-cloud');
  now += 2 * hour;
  await store.giveBackSpace();
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(await segments(), ['destroyed.json'], 'also that which took the last photo');
  assert.deepEqual([store.gone(EVENT), store.gone('f'.repeat(24))], [1, 0], 'what is gone is counted');
  const next = await take(store);
  assert.deepEqual(
    (await store.list()).map(({ id, n }) => [id, n]),
    [[next.id, 2]],
  );
});

test('a disk below its reserve costs what is in the cloud first, then second copies, never the last one', async (t) => {
  let free = 2_000 * MB;
  const { dir, store, files, segments } = await open(t, {
    keepLocalMs: 1e9,
    freeBytes: async () => free,
  });
  const sent = await take(store);
  await send(store, sent.id);
  const kept = [await take(store), await take(store)];
  await store.settleTimes();

  free = 900 * MB;
  const { full } = await store.space();
  assert.equal(full, true, 'nothing that could go made it enough');
  assert.deepEqual(await files(), [], 'second copies are gone');
  assert.ok((await store.picture(kept[0]?.id ?? '', 'original'))?.equals(kept[0]?.jpeg ?? Buffer.alloc(0)));
  assert.deepEqual(await segments(), ['0001'], 'a segment in which photos wait stays');
  assert.equal((await store.save(await noiseJpeg(3_000))).kind, 'full');
  assert.deepEqual(await readdir(join(dir, 'set-aside')), []);

  free = 2_000 * MB;
  assert.equal((await store.space()).full, false);
  await take(store);
});

test('under pressure nothing goes that is not needed, and what is in the cloud before anything else', async (t) => {
  const booth = await open(t, { keepLocalMs: 1e9, reserveBytes: 0 });
  const sent = await take(booth.store);
  await send(booth.store, sent.id);
  await booth.store.close();
  // Only the first look finds too little: one thing is let go of.
  const looks = [900 * MB, 900 * MB];
  const { store, files } = await open(t, {
    ...{ dir: booth.dir, keepLocalMs: 1e9, freeBytes: async () => looks.shift() ?? 2_000 * MB },
  });
  assert.equal((await store.space()).full, false);
  assert.deepEqual(await store.list(), [], 'the photo in the cloud');
  const { name } = await take(store);
  assert.deepEqual(await files(), [name], 'second copies stay');
});

test('a second copy whose first is damaged is the last one, and stays', async (t) => {
  let free = 2_000 * MB;
  const { store, files } = await open(t, { freeBytes: async () => free });
  const { id, name } = await take(store);
  await store.settleTimes();
  const [segment] = store.waiting();
  assert.ok(segment);
  // What LevelDB gives of a row that the disk has changed, it gives without a word.
  segment.db.getAttachment = (async () => Buffer.from('other bytes')) as typeof segment.db.getAttachment;
  free = 900 * MB;
  await store.space();
  assert.deepEqual(await files(), [name]);
  assert.ok(await store.picture(id, 'original'));
});

const canMount = process.getuid?.() === 0 && process.platform === 'linux';

test('a disk that is really full: the guest is told, nothing is lost, and with space again all goes on', {
  skip: canMount ? false : 'SKIPPED: a small disk of its own needs root on Linux (mount -t tmpfs)',
}, async (t) => {
  const disk = await mkdtemp(join(tmpdir(), 'photomaton-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    await rm(disk, { recursive: true });
    return t.skip('SKIPPED: mounting a small disk is not allowed here');
  }
  t.after(async () => {
    execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true });
  });
  const { store } = await open(t, { dir: join(disk, 'booth'), reserveBytes: 0 });
  const saved: { id: string; jpeg: Buffer }[] = [];
  const fill = join(disk, 'something-else');
  for (const round of [1, 2]) {
    saved.push(await take(store, 500_000));
    await writeFile(fill, Buffer.alloc(100 * MB)).catch((error: NodeJS.ErrnoException) => {
      assert.equal(error.code, 'ENOSPC');
    });
    let refused = 0;
    for (let i = 0; i < 5; i += 1) {
      const jpeg = await noiseJpeg(500_000);
      const outcome = await store.save(jpeg);
      if (outcome.kind === 'saved') saved.push({ id: outcome.id, jpeg });
      else refused += 1;
      if (outcome.kind !== 'saved') assert.equal(outcome.kind, 'full');
    }
    assert.ok(refused > 0, `round ${round}: the disk was full`);
    await rm(fill);
  }
  saved.push(await take(store, 500_000));
  const ids = (await store.list()).map(({ id }) => id).reverse();
  assert.deepEqual(
    ids,
    saved.map(({ id }) => id),
    'what was refused is not there, what was saved is there once',
  );
  for (const { id, jpeg } of saved) assert.ok((await store.picture(id, 'original'))?.equals(jpeg));
  await store.close();
  const again = await open(t, { dir: join(disk, 'booth'), reserveBytes: 0 });
  await again.store.recovered();
  assert.deepEqual((await again.store.list()).map(({ id }) => id).reverse(), ids);
});
