import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { cleanMask } from '../image/vision/clean-mask.ts';
import { openEyes } from '../image/vision/eyes.ts';
import type { GreyFrame } from '../image/vision/frames.ts';
import { greyFrameOf } from '../image/vision/grey-frame.ts';
import { freeing, loadOpenCv } from '../image/vision/opencv.ts';
import { createVision } from '../image/vision/vision.ts';
import { warp } from '../image/vision/warp.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';

const photo = (name: string) => readFile(new URL(`../camera/player/${name}.jpg`, import.meta.url));
const PATIENT = { analyse: 20_000, choose: 20_000, facesIn: 20_000 };

function openVision(t: TestContext, options: Partial<Parameters<typeof createVision>[0]> = {}) {
  const vision = createVision({ log: quiet, deadlineMs: PATIENT, ...options });
  t.after(() => vision.stop());
  return vision;
}

/** The photo as a grey frame, out of focus by so much. */
async function frameOf(name: string, blur?: number): Promise<GreyFrame> {
  const jpeg = await photo(name);
  return greyFrameOf(blur ? await sharp(jpeg).blur(blur).jpeg().toBuffer() : jpeg);
}

test('OpenCV leaves the handlers of the process as they were', () => {
  const mine = () => undefined;
  process.on('unhandledRejection', mine);
  const before = [process.rawListeners('uncaughtException'), process.rawListeners('unhandledRejection')];
  loadOpenCv();
  assert.deepEqual(
    [process.rawListeners('uncaughtException'), process.rawListeners('unhandledRejection')],
    before,
  );
  process.off('unhandledRejection', mine);
});

test('thousands of jobs leave OpenCV’s memory as it was', async () => {
  const eyes = openEyes();
  const cv = loadOpenCv();
  /** Where the next large picture would lie: higher up with anything that was not freed. */
  const nextFree = () => {
    const large = new cv.Mat(1000, 1000, cv.CV_8UC1);
    const at = large.data.byteOffset;
    large.delete();
    return at;
  };
  const grey = { grey: new Uint8Array(96 * 64).map((_, i) => (i * 7919) % 251), width: 96, height: 64 };
  const picture = { data: new Uint8Array(96 * 64 * 4).fill(9), width: 96, height: 64 };
  const corners = [
    { x: 5, y: 0 },
    { x: 90, y: 4 },
    { x: 95, y: 60 },
    { x: 0, y: 63 },
  ] as const;
  const work = (jobs: number) => {
    for (let job = 0; job < jobs; job += 1) {
      eyes.analyse(grey);
      eyes.choose([{ ...grey, at: 0 }]);
      cleanMask({ data: grey.grey, width: 96, height: 64 });
      warp(picture, corners, { width: 96, height: 64 });
    }
  };
  const fail = (jobs: number) => {
    for (let job = 0; job < jobs; job += 1) {
      const shrinkNothing = () =>
        freeing(cv, (keep) => {
          const large = keep(new cv.Mat(100, 100, cv.CV_8UC1));
          cv.resize(keep(new cv.Mat()), large, new cv.Size(9, 9), 0, 0, cv.INTER_AREA);
        });
      assert.throws(shrinkNothing, /^Error: OpenCV/);
    }
  };
  work(20);
  fail(20);
  const before = nextFree();
  work(1_000);
  assert.equal(nextFree(), before);
  fail(1_000);
  const perFailure = (nextFree() - before) / 1_000;
  assert.ok(perFailure < 1_000, `${perFailure} bytes: no more than the text of an exception, no picture`);
});

test('faces are found where they are, in a picture that lies on its side too', async (t) => {
  const vision = openVision(t);
  const [face, ...others] = (await vision.analyse(await frameOf('astronaut')))?.faces ?? [];
  assert.deepEqual(others, []);
  assert.ok(face && face.width < 0.25 && face.x < 0.44 && face.x + face.width > 0.44, JSON.stringify(face));
  assert.ok(face.height < 0.25 && face.y < 0.22 && face.y + face.height > 0.22);
  assert.deepEqual((await vision.analyse(await frameOf('coffee')))?.faces, [], 'no cup is a face');

  const onItsSide = await sharp(await photo('astronaut'))
    .rotate(270)
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  assert.equal((await vision.facesIn(onItsSide))?.length, 1);
});

test('without opencv-data there is sharpness and no faces, which is not none found', async (t) => {
  const warnings: object[] = [];
  const log = quiet.child({});
  log.warn = (fields: object) => warnings.push(fields);
  const vision = openVision(t, { cascade: '/nowhere/faces.xml', log });
  const sharp = await vision.analyse(await frameOf('astronaut'));
  const blurred = await vision.analyse(await frameOf('astronaut', 3));
  assert.equal(sharp?.faces, undefined);
  assert.ok(sharp && blurred && sharp.sharpness > 2 * blurred.sharpness);
  assert.deepEqual(warnings, [{ missing: '/nowhere/faces.xml' }]);
});

test('of the frames around zero the sharp one with the face is chosen', async (t) => {
  const vision = openVision(t);
  const chequered = {
    grey: new Uint8Array(640 * 360).map((_, i) => (i % 8 < 4 ? 0 : 255)),
    width: 640,
    height: 360,
  };
  const frames = [
    { at: -240, ...(await frameOf('astronaut', 2)) },
    { at: -90, ...chequered },
    { at: -10, ...(await frameOf('astronaut', 4)) },
    { at: 80, ...(await frameOf('astronaut')) },
    { at: 500, ...(await frameOf('astronaut')) },
  ];
  assert.equal(await vision.choose(frames), 3);
});

test('a mask is sure away from the outline, without specks and pinholes', () => {
  const [width, height] = [60, 30];
  const data = new Uint8Array(width * height).map((_, i) => (i % width < 30 ? 255 : 0));
  data[15 * width + 10] = 0;
  data[15 * width + 50] = 255;
  const { data: sure = [] } = cleanMask({ data, width, height }) ?? {};
  const row = [...sure.slice(15 * width, 16 * width)];
  assert.deepEqual(row, [...Array(27).fill(255), ...Array(6).fill(128), ...Array(27).fill(0)]);
});

test('a picture is seen in perspective: its corners go where they should, and around it is nothing', () => {
  const data = new Uint8Array(100 * 100 * 4).fill(255);
  // Its left half is red.
  for (let i = 0; i < data.length; i += 4) if ((i / 4) % 100 < 50) data.fill(0, i + 1, i + 3);
  const corners = [
    { x: 40, y: 20 },
    { x: 160, y: 60 },
    { x: 160, y: 140 },
    { x: 40, y: 180 },
  ] as const;
  const warped = warp({ data, width: 100, height: 100 }, corners, {
    width: 200,
    height: 200,
  });
  const at = (x: number, y: number) => [
    ...(warped?.data.subarray((y * 200 + x) * 4, (y * 200 + x) * 4 + 4) ?? []),
  ];
  assert.deepEqual(at(45, 100), [255, 0, 0, 255]);
  assert.deepEqual(at(45, 30), [255, 0, 0, 255], 'tall on the left');
  assert.deepEqual(at(155, 100), [255, 255, 255, 255]);
  assert.deepEqual(at(155, 40), [0, 0, 0, 0], 'small on the right');
  assert.deepEqual(at(110, 100), [255, 0, 0, 255], 'what is nearer takes more room');
  assert.deepEqual(at(130, 100), [255, 255, 255, 255]);
});

test('nonsense is not seen, and the next is', async (t) => {
  const vision = openVision(t);
  assert.equal(await vision.analyse({ grey: new Uint8Array(9), width: -1, height: 4 }), undefined);
  assert.equal(await vision.facesIn(Buffer.from('no JPEG')), undefined);
  assert.ok(await vision.analyse(await frameOf('coffee')));
});

test('a thread that hangs or dies is started again; late is undefined', { timeout: 60_000 }, async (t) => {
  const dir = await tempFolder(t);
  const good = new URL('../image/vision/vision-thread.js', import.meta.url).href;
  const frame = await frameOf('coffee');
  for (const [i, deed] of ['for (;;);', "throw new Error('defect')", 'process.exit(1)'].entries()) {
    // Misbehaves once: the first thread leaves a note for the next.
    const note = JSON.stringify(join(dir, `note-${i}`));
    const file = join(dir, `${i}.mjs`);
    await writeFile(
      file,
      `import { existsSync, writeFileSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       if (existsSync(${note})) await import(${JSON.stringify(good)});
       else parentPort.on('message', () => { writeFileSync(${note}, ''); ${deed} });`,
    );
    const vision = openVision(t, {
      thread: pathToFileURL(file),
      deadlineMs: { ...PATIENT, analyse: 1_000 },
      hangsAfterMs: 2_000,
    });
    assert.equal(await vision.analyse(frame), undefined, deed);
    while (!(await vision.analyse(frame)));
  }
});

test('when it is stopped nobody waits for it', async (t) => {
  const vision = openVision(t);
  const frame = await frameOf('coffee');
  const asked = vision.analyse(frame);
  await vision.stop();
  assert.equal(await asked, undefined);
  assert.equal(await vision.analyse(frame), undefined);
});
