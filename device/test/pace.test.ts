import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inHalves } from '../sync/in-halves.ts';
import { createPace } from '../sync/pace.ts';
import { createRefusals } from '../sync/refusals.ts';

test('a fast line gets more photos at once, a slow one ends with one', () => {
  const pace = createPace();
  assert.equal(pace.parallel(), 2);
  for (let i = 0; i < 10; i += 1) pace.arrived(50);
  assert.equal(pace.parallel(), 4);
  for (let i = 0; i < 10; i += 1) pace.arrived(20_000);
  assert.equal(pace.parallel(), 1);
  pace.arrived(2_500);
  assert.equal(pace.parallel(), 1, 'a photo every few seconds is what the line takes');
});

test('the speed is that of the last seconds', () => {
  let ms = 1_000;
  const pace = createPace(() => ms);
  assert.equal(pace.bytesPerSecond(), 0);
  for (; ms < 21_000; ms += 10) pace.moved(1_000);
  assert.ok(Math.abs(pace.bytesPerSecond() - 100_000) < 1_000);
  ms += 60_000;
  assert.equal(pace.bytesPerSecond(), 0);
});

test('what was tried in vain rests, longer each time, until somebody asks', () => {
  let ms = 0;
  const refusals = createRefusals(() => ms);
  const rests = () => {
    const from = ms;
    while (refusals.isResting('a')) ms += 60_000;
    return (ms - from) / 60_000;
  };
  const waits: number[] = [];
  for (let i = 0; i < 6; i += 1) {
    refusals.add([{ id: 'a', reason: `no ${i}` }]);
    waits.push(rests());
  }
  assert.deepEqual(waits, [5, 10, 20, 40, 80, 80]);
  refusals.add([{ id: 'a', reason: 'no' }]);
  assert.equal(refusals.isResting('b'), false);
  refusals.wake();
  assert.equal(refusals.isResting('a'), false);
  assert.deepEqual(refusals.among(['a', 'b']), [{ id: 'a', reason: 'no' }]);
  assert.deepEqual(refusals.among(['b']), [], 'a has arrived');
  assert.deepEqual(refusals.among(['a']), [], 'and is forgotten');
});

test('what is too large is done in halves, down to the one that is', async () => {
  const done: number[][] = [];
  const limited = async (items: number[]) => {
    if (items.length > 3) throw Object.assign(new Error('too large'), { status: 413 });
    done.push(items);
  };
  await inHalves([1, 2, 3, 4, 5, 6, 7], limited);
  assert.deepEqual(done, [
    [1, 2],
    [3, 4],
    [5, 6, 7],
  ]);
  const never = async () => {
    throw Object.assign(new Error('too large'), { status: 413 });
  };
  await assert.rejects(inHalves([1, 2], never), { status: 413 });
  let tries = 0;
  const broken = async () => {
    tries += 1;
    throw new Error('offline');
  };
  await assert.rejects(inHalves([1, 2], broken), /offline/);
  assert.equal(tries, 1);
});
