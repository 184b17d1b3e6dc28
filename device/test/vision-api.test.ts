import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import sharp from 'sharp';
import { decodeFrames, encodeFrames, type TimedFrame } from '../image/vision/frames.ts';
import { greyFrameOf } from '../image/vision/grey-frame.ts';
import { createVision } from '../image/vision/vision.ts';
import { visionApi } from '../image/vision/vision-api.ts';
import type * as moment from '../kiosk/page/moment.ts';
import { quiet, type TestContext } from './context.ts';
import { startShownKiosk } from './shown-kiosk.ts';

const ANY: TimedFrame = { at: 0, grey: new Uint8Array(16 * 16), width: 16, height: 16 };

async function openApi(t: TestContext, choose: (frames: TimedFrame[]) => Promise<number | undefined>) {
  const { url } = await startShownKiosk(t, { vision: visionApi({ vision: { choose } }) });
  return (body: Uint8Array<ArrayBuffer>, headers = {}) =>
    fetch(`${url}/api/vision/choose`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', ...headers },
      body,
    });
}

/** A photo around zero: out of focus, in focus, out of focus. */
async function threeFrames(): Promise<TimedFrame[]> {
  const jpeg = await readFile(new URL('../camera/player/astronaut.jpg', import.meta.url));
  const blurred = await greyFrameOf(await sharp(jpeg).blur(3).jpeg().toBuffer());
  const sharpFrame = await greyFrameOf(jpeg);
  return [
    { ...blurred, at: -66 },
    { ...sharpFrame, at: 66 },
    { ...blurred, at: 133 },
  ].map(({ at, grey, width, height }) => ({ at, grey, width, height }));
}

test('frames come out as they went in', () => {
  const frames = [
    { at: -250, grey: new Uint8Array(20 * 16).fill(3), width: 20, height: 16 },
    { at: 41, grey: new Uint8Array(16 * 30).fill(250), width: 16, height: 30 },
  ];
  assert.deepEqual(decodeFrames(encodeFrames(frames)), frames);
});

test('the daemon says which, or that it does not know', async (t) => {
  let chosen: number | undefined = 2;
  const ask = await openApi(t, async () => chosen);
  assert.deepEqual(await (await ask(encodeFrames([ANY, ANY, ANY]))).json(), { frame: 2 });
  chosen = undefined;
  assert.deepEqual(await (await ask(encodeFrames([ANY]))).json(), {});
});

test('what is no frames, too many, or from elsewhere, does not reach vision', async (t) => {
  const ask = await openApi(t, () => assert.fail('asked'));
  const whole = encodeFrames([ANY]);
  const flat = encodeFrames([{ ...ANY, width: 256, height: 1 }]);
  const huge = encodeFrames([{ at: 0, grey: new Uint8Array(641 * 640), width: 641, height: 640 }]);
  const many = encodeFrames(Array.from({ length: 17 }, () => ANY));
  for (const body of [new Uint8Array(), whole.slice(0, -1), whole.slice(0, 7), flat, huge, many])
    assert.equal((await ask(body)).status, 400, `${body.length} bytes`);
  assert.equal((await ask(new Uint8Array(16 * (8 + 640 * 640) + 1))).status, 413);
  assert.equal((await ask(whole, { 'Content-Type': 'image/jpeg' })).status, 400);
  assert.equal((await ask(whole, { 'Content-Encoding': 'gzip' })).status, 415);
  assert.equal((await ask(whole, { Origin: 'http://elsewhere.example' })).status, 403);
});

test('the page is told which frame by real vision, and goes on without an answer', {
  timeout: 60_000,
}, async (t) => {
  const vision = createVision({ log: quiet });
  t.after(() => vision.stop());
  const frames = await threeFrames();
  while ((await vision.choose(frames)) === undefined); // loaded
  let isSilent = false;
  const never = new Promise<undefined>(() => undefined);
  const choose = (asked: TimedFrame[]) => (isSilent ? never : vision.choose(asked));
  const { url } = await startShownKiosk(t, { vision: visionApi({ vision: { choose } }) });
  const page = await (await openChromium(t)).newPage();
  await page.goto(`${url}/healthz`);
  const ask = () =>
    page.evaluate(
      async ({ frames, module }) => {
        const { chooseFrame } = (await import(module)) as typeof moment;
        const asked = frames.map((frame) => ({
          ...frame,
          grey: Uint8Array.from(atob(frame.grey), (c) => c.charCodeAt(0)),
        }));
        return (await chooseFrame(asked)) ?? 'nobody knows';
      },
      {
        frames: frames.map((frame) => ({ ...frame, grey: Buffer.from(frame.grey).toString('base64') })),
        module: '/code/kiosk/page/moment.ts',
      },
    );
  let told = await ask();
  while (told === 'nobody knows') told = await ask(); // a busy machine is not always in time
  assert.equal(told, 1);
  isSilent = true;
  assert.equal(await ask(), 'nobody knows');
});
