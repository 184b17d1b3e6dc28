import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { pino } from 'pino';
import sharp from 'sharp';
import { type CameraPart, createCameraPart } from '../camera/daemon/camera-part.ts';
import { createGphoto2 } from '../camera/daemon/gphoto2.ts';
import { createRpicam } from '../camera/daemon/rpicam.ts';
import type { CameraSource } from '../camera/daemon/source.ts';
import { quiet } from './context.ts';
import { fakeCameras } from './fake-cameras.ts';
import { until } from './nothing-left.ts';

/**
 * What the daemon promises of every camera program, kept by each of them: real children, which fail in every way.
 * Deadlines are those of a fast camera.
 */
const SOURCES: { name: string; open(): CameraSource; width: number }[] = [
  {
    name: 'gphoto2',
    open: () =>
      createGphoto2({
        settings: ['capturetarget=0'],
        deadlines: { openMs: 3_000, previewMs: 500, photoMs: 1_500 },
        log: quiet,
      }),
    width: 2400,
  },
  { name: 'rpicam', open: () => createRpicam({ firstFrameMs: 5_000, frameMs: 500 }), width: 2304 },
];

async function openPart(t: TestContext, open: () => CameraSource, env?: NodeJS.ProcessEnv) {
  const fakes = await fakeCameras(t);
  // The programs are looked for on this process's own PATH.
  const before = { ...process.env };
  Object.assign(process.env, fakes.env, env);
  const camera = createCameraPart({ source: open(), log: quiet });
  t.after(async () => {
    await camera.stop();
    process.env = before;
  });
  return { camera, fakes };
}

const becomes = (camera: CameraPart, state: string) =>
  until(
    () => camera.state() === state,
    () => `the camera is ${camera.state()}, not ${state}`,
  );

/** Frames come, and differ. */
async function assertLive(camera: CameraPart): Promise<void> {
  const frame = await camera.frames.next(0, 10_000);
  assert.ok(frame, `no frame, ${camera.state()}`);
  const next = await camera.frames.next(frame.n, 2_000);
  assert.ok(next && next.n > frame.n);
}

for (const { name, open, width } of SOURCES) {
  test(`${name}: a live view of which nothing is missed, whole photos`, { timeout: 60_000 }, async (t) => {
    const { camera } = await openPart(t, open);
    assert.equal(camera.state(), 'starting');
    assert.equal(
      await camera.capture(performance.now() - 5_000),
      undefined,
      'nothing before the first frame',
    );
    camera.start();
    const first = await camera.frames.next(0, 10_000);
    assert.ok(first);
    assert.equal(camera.state(), 'live');
    let last = first;
    let seen = 0;
    for (; last.n < first.n + 60; seen += 1) {
      last = (await camera.frames.next(last.n, 2_000)) ?? assert.fail('no frame');
    }
    t.diagnostic(`${(((last.n - first.n) * 1000) / (last.at - first.at)).toFixed(1)} frames a second`);
    assert.ok(seen >= 50, `${seen} of 60 frames`);

    const shot = await camera.capture(performance.now());
    assert.ok(shot);
    assert.equal(shot.from, camera.takesStills ? 'still' : 'live-view');
    const metadata = await sharp(shot.jpeg, { failOn: 'warning' }).metadata();
    assert.deepEqual([metadata.format, metadata.width], ['jpeg', width]);
    await assertLive(camera);
  });

  for (const { mood, state } of [
    { mood: 'die', state: 'lost' },
    { mood: 'hang', state: 'lost' },
    { mood: 'garbage', state: 'lost' },
    { mood: 'unplugged', state: 'missing' },
    { mood: 'busy', state: 'busy' },
    { mood: 'no-jpeg', state: 'lost' },
  ] as const) {
    // Who has a Pi camera keeps it until the program ends, and what is no JPEG there is garbage.
    if ((mood === 'busy' || mood === 'no-jpeg') && name === 'rpicam') continue;
    test(`${name}: ${mood} while live is noticed, said (${state}), and mended by itself`, {
      timeout: 60_000,
    }, async (t) => {
      const { camera, fakes } = await openPart(t, open);
      camera.start();
      await assertLive(camera);
      fakes.is(mood);
      await becomes(camera, state);
      assert.ok(await camera.capture(performance.now()), 'the guest who stands there has a photo');
      fakes.is('well');
      await becomes(camera, 'live');
      await assertLive(camera);
      assert.ok(fakes.starts() >= 2, 'started again');
    });
  }

  for (const { mood, state } of [
    { mood: 'unplugged', state: 'missing' },
    { mood: 'busy', state: 'busy' },
    { mood: 'hang', state: 'lost' },
  ] as const) {
    test(`${name}: ${mood} at the start is said (${state})`, { timeout: 60_000 }, async (t) => {
      const { camera, fakes } = await openPart(t, open);
      fakes.is(mood);
      camera.start();
      await becomes(camera, state);
      assert.equal(await camera.capture(performance.now()), undefined);
      fakes.is('well');
      await becomes(camera, 'live');
    });
  }

  test(`${name}: not installed is said`, { timeout: 30_000 }, async (t) => {
    const { camera } = await openPart(t, open, { PATH: '/usr/bin:/bin' });
    camera.start();
    await becomes(camera, 'not-installed');
  });

  test(`${name}: stop lets go of the camera, even of one that hangs`, { timeout: 30_000 }, async (t) => {
    const { camera, fakes } = await openPart(t, open);
    camera.start();
    await assertLive(camera);
    fakes.is('hang');
    await until(fakes.hangs, () => 'it does not hang');
    const startedAt = performance.now();
    await camera.stop();
    assert.ok(performance.now() - startedAt < 3_000);
    assert.throws(fakes.kill, { code: 'ESRCH' }, 'the program is gone');
  });
}

const [dslr] = SOURCES;
if (!dslr) throw new Error('there is a DSLR');

test('gphoto2: the delay of the shutter is measured, and the photo is asked for so much earlier', {
  timeout: 60_000,
}, async (t) => {
  const taken: { delayMs: number; lateMs: number }[] = [];
  const log = pino({}, { write: (line: string) => void taken.push(JSON.parse(line)) });
  const { camera } = await openPart(t, () => createGphoto2({ settings: [], log }));
  camera.start();
  await assertLive(camera);
  assert.equal(camera.shutterDelayMs(), 0);
  await camera.capture(performance.now());
  const delay = camera.shutterDelayMs();
  assert.ok(delay >= 500, `${delay} ms`); // the fake takes so long
  await camera.capture(performance.now() + delay + 2_000);
  const { delayMs = 0, lateMs = 0 } = taken[1] ?? {};
  const asked = delayMs - lateMs; // before zero
  // Live view goes on until a frame before it, and a busy machine ends that frame late.
  assert.ok(asked > 50 && asked < delay + 50, `asked for ${asked} ms before zero`);
});

test('gphoto2: orientation stays as the camera wrote it', { timeout: 60_000 }, async (t) => {
  const { camera } = await openPart(t, dslr.open);
  camera.start();
  await assertLive(camera);
  const shot = await camera.capture(performance.now());
  assert.equal((await sharp(shot?.jpeg).metadata()).orientation, 6);
});

test('gphoto2: a photo that fails is a frame of its moment, and the live view goes on', {
  timeout: 60_000,
}, async (t) => {
  const { camera, fakes } = await openPart(t, dslr.open);
  camera.start();
  await assertLive(camera);
  const starts = fakes.starts(); // a busy machine may have had to start it again
  fakes.is('no-photo');
  const shot = await camera.capture(performance.now());
  assert.equal(shot?.from, 'live-view');
  await assertLive(camera);
  assert.equal(fakes.starts(), starts);
});

test('gphoto2: killed in the countdown, it is back for the photo', { timeout: 60_000 }, async (t) => {
  const { camera, fakes } = await openPart(t, dslr.open);
  camera.start();
  await assertLive(camera);
  const shot = camera.capture(performance.now() + 6_000);
  fakes.kill();
  assert.equal((await shot)?.from, 'still');
  assert.ok(fakes.starts() > 1); // a busy machine may have had to start it again
});
