import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import { FAKE_CAMERA } from '@photomaton/design-docs/launch-chromium';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import type { Camera } from '../camera/camera.ts';
import { makeDataDir, startBooth } from './booth-process.ts';
import { fakeCameras } from './fake-cameras.ts';

/** The contract of cameras, kept by each of them in a real browser; those of the daemon with real children. */
const CAMERAS: { name: string; module: string; create: string }[] = [
  { name: 'player', module: '/code/camera/player.ts', create: 'createPlayer' },
  { name: 'browser', module: '/code/camera/browser.ts', create: 'createBrowserCamera' },
  { name: 'gphoto2', module: '/code/camera/daemon-camera.ts', create: 'createDaemonCamera' },
  { name: 'rpicam', module: '/code/camera/daemon-camera.ts', create: 'createDaemonCamera' },
];

declare global {
  var camera: Camera;
  /** What the one who chooses was shown, and says. */
  var chooseFrame: () => unknown;
  var shown: { at: number; width: number; height: number }[];
}

type Kind = (typeof CAMERAS)[number];

/** A page of the kiosk's own origin, which is no kiosk, with a camera that was only created. */
async function openPage(t: TestContext, kind: Kind, { args = FAKE_CAMERA } = {}) {
  const fakes = await fakeCameras(t);
  const booth = await startBooth(t, {
    ...{ DATA_DIR: await makeDataDir(t), DEMO: '1', CAMERA: kind.name },
    ...fakes.env,
  });
  const page = await (await openChromium(t, args)).newPage();
  await page.goto(`${booth.url}/demo`);
  // As text: tsx would have a function call a helper that the page does not have.
  await page.evaluate('globalThis.chooseFrame = async (frames) => { globalThis.shown = frames; return 0; }');
  await createCamera(page, kind);
  return { page, fakes };
}

/** Another in the place of the one that the page has. */
const createCamera = (page: Page, { module, create }: Kind, { chooses = false } = {}) =>
  page.evaluate(
    async ({ module, create, chooses }) => {
      await globalThis.camera?.stop();
      globalThis.camera = (await import(module))[create](chooses ? { chooseFrame } : {}) as Camera;
      document.body.replaceChildren(globalThis.camera.view);
    },
    { module, create, chooses },
  );

/** Photographs come as text: as lists of numbers they take more of the processor than all else in these tests. */
const bytesOf = (page: Page, work: () => Promise<Blob[]>) =>
  page
    .evaluate(
      `(${work})().then((blobs) => Promise.all(blobs.map((blob) => new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.onerror = reject;
        reader.readAsDataURL(blob);
      }))))`,
    )
    .then((urls) => (urls as string[]).map((url) => Buffer.from(url.slice(url.indexOf(',')), 'base64')));

/** A shot, as the bytes that the page would send. */
async function capture(page: Page): Promise<Buffer> {
  const [shot] = await bytesOf(page, async () => [await globalThis.camera.capture()]);
  return shot ?? assert.fail('no shot');
}

for (const kind of CAMERAS) {
  test(`${kind.name}: keeps the contract of cameras`, { timeout: 180_000 }, async (t) => {
    const { page } = await openPage(t, kind);

    await t.test('starts, is live, takes whole JPEGs that differ, stops, starts again', async () => {
      assert.equal(await page.evaluate(() => globalThis.camera.isLive()), false, 'not before it is started');
      await assert.rejects(capture(page), /camera missing/);
      await page.evaluate(() => globalThis.camera.start());
      assert.equal(await page.evaluate(() => globalThis.camera.isLive()), true);
      const view = await page.evaluate(() => globalThis.camera.view.getBoundingClientRect().width);
      assert.ok(view > 0, 'there is something to see');

      const first = await capture(page);
      const { format, autoOrient } = await sharp(first).metadata();
      assert.equal(format, 'jpeg');
      const longer = Math.max(autoOrient.width, autoOrient.height);
      assert.ok(longer >= 1600, `${longer} pixels`);
      await sharp(first, { failOn: 'warning' }).stats();
      await page.waitForFunction(async () => {
        const [a, b] = [await globalThis.camera.capture(), await globalThis.camera.capture()];
        return a.size !== b.size;
      });

      await page.evaluate(() => globalThis.camera.stop());
      assert.equal(await page.evaluate(() => globalThis.camera.isLive()), false);
      await assert.rejects(capture(page), /camera missing/);
      await page.evaluate(() => globalThis.camera.start());
      assert.ok((await capture(page)).length > 10_000);
    });

    await createCamera(page, kind);
    await t.test('the photo of a moment to come is not taken before it', async () => {
      await page.evaluate(() => globalThis.camera.start());
      const { earlyMs, size } = await page.evaluate(async () => {
        const at = performance.now() + 700;
        const { size } = await globalThis.camera.capture(at);
        return { earlyMs: at - performance.now(), size };
      });
      assert.ok(earlyMs <= 1, `${earlyMs} ms too early`);
      assert.ok(size > 10_000);
      const delay = await page.evaluate(() => globalThis.camera.shutterDelayMs);
      assert.ok(delay >= 0 && delay < 2_000, `${delay} ms`);
    });

    await createCamera(page, kind);
    await t.test('records a clip of as many frames, and goes on', async () => {
      await page.evaluate(() => globalThis.camera.start());
      const clip = await bytesOf(page, () => globalThis.camera.record(600, 6));
      assert.equal(clip.length, 6);
      const sizes = await Promise.all(clip.map(async (jpeg) => (await sharp(jpeg).metadata()).width));
      assert.ok(
        sizes.every((width) => width === sizes[0] && width >= 600 && width <= 1080),
        sizes.join(' '),
      );
      assert.ok(new Set(clip.map(String)).size > 1, 'something moves');
      assert.equal(await page.evaluate(() => globalThis.camera.isLive()), true);
    });

    // Where the photo is one of many frames.
    if (kind.name !== 'browser' && kind.name !== 'rpicam') return;
    await createCamera(page, kind, { chooses: true });
    await t.test('who chooses the frame is shown those around zero, small and grey', async (t) => {
      await page.evaluate(() => globalThis.camera.start());
      let shown: { at: number; width: number }[] = [];
      // A busy machine gives few frames around one zero: then the next is looked at.
      for (let again = 0; again < 8 && shown.length < 5; again++) {
        await page.evaluate(() => globalThis.camera.capture(performance.now() + 700));
        shown = await page.evaluate(() => (globalThis.shown ?? []).map(({ at, width }) => ({ at, width })));
      }
      t.diagnostic(shown.map(({ at }) => Math.round(at)).join(' '));
      assert.ok(shown.length >= 5, `${shown.length} frames`);
      assert.ok(shown.every(({ at }) => Math.abs(at) <= 300));
      assert.ok(
        shown.some(({ at }) => at < -100) && shown.some(({ at }) => at > 100),
        'before and after zero',
      );
      assert.ok(shown.every(({ width }) => width === 640));
    });
  });
}

const browser = CAMERAS[1] as Kind;
const codeOfStart = () =>
  globalThis.camera.start().then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );

test('browser: no camera is said to be missing', { timeout: 60_000 }, async (t) => {
  const { page } = await openPage(t, browser, { args: ['--use-fake-ui-for-media-stream'] });
  assert.equal(await page.evaluate(codeOfStart), 'missing');
});

test('browser: a camera that may not be used is said to be refused', { timeout: 60_000 }, async (t) => {
  const { page } = await openPage(t, browser, {
    args: ['--use-fake-device-for-media-stream', '--deny-permission-prompts'],
  });
  assert.equal(await page.evaluate(codeOfStart), 'refused');
});

test('gphoto2: what the daemon says of its camera is what the page says', { timeout: 60_000 }, async (t) => {
  const dslr = CAMERAS.find(({ name }) => name === 'gphoto2') ?? assert.fail();
  const { page, fakes } = await openPage(t, dslr);
  await page.evaluate(() => globalThis.camera.start());
  await page.evaluate(() => globalThis.camera.stop());
  fakes.is('unplugged');
  for (const code of ['lost', 'missing']) {
    await page.waitForFunction(
      async (code) => ((await (await fetch('/api/camera')).json()) as { state: string }).state === code,
      code,
    );
  }
});

test('browser: a larger photo of the camera is taken where it is a JPEG and comes soon, else a frame', {
  timeout: 60_000,
}, async (t) => {
  const { page } = await openPage(t, browser);
  /** A driver, as text for the page: what its photo is. */
  const startWith = (photo: string) =>
    page.evaluate(`(async () => {
      const picture = new OffscreenCanvas(4000, 300);
      picture.getContext('2d');
      const jpeg = await picture.convertToBlob({ type: 'image/jpeg' });
      const png = await picture.convertToBlob({ type: 'image/png' });
      globalThis.asked = 0;
      globalThis.ImageCapture = class {
        getPhotoCapabilities = async () => ({ imageWidth: { min: 640, max: 4000 } });
        takePhoto = () => { globalThis.asked += 1; return ${photo}; };
      };
      return globalThis.camera.start();
    })()`);
  const widthOf = async () => (await sharp(await capture(page)).metadata()).width;

  await startWith('Promise.resolve(jpeg)');
  assert.equal(await widthOf(), 4000);
  for (const photo of [
    'Promise.resolve(png)',
    "Promise.reject(new DOMException('the driver fails'))",
    'new Promise(() => undefined)',
  ]) {
    await startWith(photo);
    assert.notEqual(await widthOf(), 4000, photo);
    assert.notEqual(await widthOf(), 4000, photo);
    assert.equal(await page.evaluate('globalThis.asked'), 1, 'it is not asked again');
  }
});
