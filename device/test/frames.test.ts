import assert from 'node:assert/strict';
import test from 'node:test';
import { createFrames } from '../camera/daemon/frames.ts';

const jpegOf = (bytes: number) => Buffer.alloc(bytes);

test('who asks gets the newest frame that it has not seen, or waits for it', async () => {
  const frames = createFrames();
  const waited = frames.next(0, 10_000);
  frames.push(jpegOf(1));
  assert.equal((await waited)?.n, 1);
  frames.push(jpegOf(2));
  frames.push(jpegOf(3));
  assert.equal((await frames.next(1, 10_000))?.n, 3, 'the one in between is left out');
  assert.equal(await frames.next(3, 5), undefined);
  assert.equal((await frames.next(900, 10_000))?.n, 3, 'a page that followed the daemon before');
});

test('an old frame is no live view', async () => {
  let clock = 0;
  const frames = createFrames({ now: () => clock });
  frames.push(jpegOf(1));
  clock = 5_000;
  assert.equal(await frames.next(0, 5), undefined);
});

test('the best frame is the sharpest around the moment, or the last one', () => {
  let clock = 0;
  const frames = createFrames({ now: () => clock });
  assert.equal(frames.best(0), undefined);
  for (const bytes of [9, 4, 7, 5]) {
    clock += 200;
    frames.push(jpegOf(bytes));
  }
  assert.equal(frames.best(600)?.jpeg.length, 7);
  assert.equal(frames.best(5_000)?.jpeg.length, 5);
});

test('never holds more than a second of frames, whoever asks or not', () => {
  let clock = 0;
  const frames = createFrames({ now: () => clock });
  for (clock = 1; clock <= 1_000; clock += 1) frames.push(jpegOf(clock === 900 ? 9 : 1));
  assert.notEqual(frames.best(900)?.jpeg.length, 9, 'it is gone');
});

test('stopping lets everyone go', async () => {
  const frames = createFrames();
  const waiting = [frames.next(0, 60_000), frames.next(0, 60_000)];
  frames.stop();
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
});
