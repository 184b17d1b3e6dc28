/** Booths without a battery: what becomes of names, ids and order when the clock is wrong. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parsePhotoId, timeOfId } from '@photomaton/design-docs/docs';
import { type Clock, createClock } from '../clock.ts';
import { openStore, type Store } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

const MINUTE = 60_000;
/** Seconds of the wall clock, whatever the zone this test runs in. */
const PARTY = new Date(2026, 6, 14, 15, 30, 0).getTime();

/** A booth whose machine can be switched off and on; `systemMs` is where its clock wakes up. */
async function openBooth(t: TestContext, systemMs: number) {
  const dir = await tempFolder(t);
  const time = { systemMs, monotonicMs: 20_000 };
  let clock: Clock;
  let store: Store;
  async function start(): Promise<void> {
    store = await openStore({
      ...{ dir, booth: 'd'.repeat(24), reserveBytes: 0, maxPhotoBytes: 1e6, clock, log: quiet },
    });
    await store.recovered();
  }
  function switchOn(): void {
    const bootId = randomUUID();
    clock = createClock({ systemNow: () => time.systemMs, monotonicMs: () => time.monotonicMs, bootId });
  }
  switchOn();
  await start();
  t.after(() => store.close());
  return {
    dir,
    photos: join(dir, 'photos'),
    store: () => store,
    pass(ms: number) {
      time.systemMs += ms;
      time.monotonicMs += ms;
    },
    jumpTo(ms: number) {
      time.systemMs = ms;
    },
    learn: (ms: number) => clock.learn(new Date(ms)),
    async restart(o: { systemMs?: number; between?: () => Promise<unknown> } = {}) {
      await store.close();
      await o.between?.();
      if (o.systemMs !== undefined) {
        Object.assign(time, { systemMs: o.systemMs, monotonicMs: 20_000 });
        switchOn();
      }
      await start();
    },
    async take(): Promise<{ id: string; n: number; name: string }> {
      const outcome = await store.save(await noiseJpeg(3_000));
      assert.equal(outcome.kind, 'saved');
      return outcome as { id: string; n: number; name: string } & typeof outcome;
    },
  };
}

const names = async (store: Store) => (await store.list()).map(({ name }) => name).reverse();
const waiting = (store: Store) =>
  store.waiting().flatMap(({ originals }) => originals.map(({ id }) => parsePhotoId(id)));

test('photos of 1970 get their real time before they are sent; number and link stay, the file has its name', async (t) => {
  const booth = await openBooth(t, 0);
  const first = await booth.take();
  booth.pass(2 * MINUTE);
  const second = await booth.take();
  await booth
    .store()
    .addPreview(second.id, { thumbnail: Buffer.from('small'), screen: Buffer.from('larger') });
  assert.match(first.name, /1970/);
  booth.pass(MINUTE);
  assert.deepEqual(waiting(booth.store()), [], 'nothing is sent before its time is decided');

  booth.learn(PARTY);
  const third = await booth.take();
  await booth.store().settleTimes();
  const expected = ['14Jul2026_152700.jpg', '14Jul2026_152900.jpg', '14Jul2026_153000.jpg'];
  assert.deepEqual(await names(booth.store()), expected);
  assert.deepEqual((await readdir(booth.photos)).sort(), expected);
  assert.deepEqual(
    waiting(booth.store()).map((key) => [key?.n, key && timeOfId(key.time).getTime()]),
    [
      [first.n, PARTY - 3 * MINUTE],
      [second.n, PARTY - MINUTE],
      [third.n, PARTY],
    ],
  );
  const [{ previews } = { previews: [] }] = booth.store().waiting();
  assert.match(previews[0]?.id ?? '', /^preview:20260714/);
  assert.equal(String(await booth.store().picture(second.id, 'thumbnail')), 'small', 'also under its old id');

  await booth.restart();
  assert.deepEqual(await names(booth.store()), expected);
  assert.equal(waiting(booth.store()).length, 3, 'decided once and for all');
});

test('a power cut at any line of that leaves every photo once, whole, and corrected in the end', async (t) => {
  const booth = await openBooth(t, 0);
  const { name } = await booth.take();
  await booth.take();
  booth.learn(PARTY);
  await booth.store().settleTimes();
  const right = await names(booth.store());
  // Cut after the exchange in the queue, before the file got its new name.
  await booth.restart({
    between: () => rename(join(booth.photos, right[0] ?? ''), join(booth.photos, name)),
  });
  assert.deepEqual(await names(booth.store()), right);
  assert.deepEqual((await readdir(booth.photos)).sort(), [...right].sort());
  // The same, and the queue is lost as well: the ledger knows what that file became.
  await booth.restart({
    between: async () => {
      await rename(join(booth.photos, right[0] ?? ''), join(booth.photos, name));
      await rename(join(booth.dir, 'queue'), join(booth.dir, 'lost'));
    },
  });
  assert.equal((await booth.store().list()).length, 2);
  await booth.store().settleTimes();
  assert.deepEqual((await names(booth.store())).sort(), [...right].sort());
});

test('switched off and on without battery or network, the order of photos is kept', async (t) => {
  const booth = await openBooth(t, 0);
  const taken = [await booth.take()];
  booth.pass(MINUTE);
  taken.push(await booth.take());
  await booth.restart({ systemMs: 0 });
  booth.pass(MINUTE);
  taken.push(await booth.take());
  booth.pass(MINUTE);
  booth.learn(PARTY);
  await booth.store().settleTimes();
  const keys = waiting(booth.store());
  assert.deepEqual(
    [...keys].sort((a, b) => ((a?.time ?? '') < (b?.time ?? '') ? -1 : 1)).map((key) => key?.n),
    taken.map(({ n }) => n),
  );
  assert.ok(keys.every((key) => key?.time.startsWith('20260714')));
});

test('a clock that is set back never gives a name twice, not even of photos that are long gone', async (t) => {
  const booth = await openBooth(t, PARTY);
  const first = await booth.take();
  await booth.store().settleTimes();
  await booth.store().release([first.id], 'e'.repeat(24));
  await booth.restart();
  booth.jumpTo(PARTY);
  assert.deepEqual(await readdir(booth.photos), []);
  const again = await booth.take();
  assert.equal(again.name, '14Jul2026_153000-2.jpg');
  booth.jumpTo(PARTY - 40 * 365 * 24 * 60 * MINUTE);
  assert.match((await booth.take()).name, /1986/);
});

test('a jump of the network’s time in the middle of a party leaves the order', async (t) => {
  const booth = await openBooth(t, PARTY - 5 * 60 * MINUTE); // five hours behind
  await booth.take();
  booth.pass(MINUTE);
  booth.jumpTo(PARTY);
  await booth.take();
  booth.learn(PARTY);
  await booth.store().settleTimes();
  assert.deepEqual(await names(booth.store()), ['14Jul2026_152900.jpg', '14Jul2026_153000.jpg']);
});

test('a server that does not say the time holds nothing up', async (t) => {
  const booth = await openBooth(t, 0);
  await booth.take();
  await booth.store().settleTimes();
  assert.equal(waiting(booth.store()).length, 1);
});
