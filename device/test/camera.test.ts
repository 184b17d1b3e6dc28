import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import type { Camera } from '../camera/camera.ts';
import { makeDataDir, startBooth } from './booth-process.ts';
import { FAKE_CAMERA, openChromium } from './chromium.ts';

/** The contract of cameras, kept by each of them in a real browser. */
const CAMERAS = [
  { name: 'player', module: '/code/camera/player.ts', create: 'createPlayer' },
  { name: 'browser', module: '/code/camera/browser.ts', create: 'createBrowserCamera' },
];

declare global {
  var camera: Camera;
}

/** A page of the kiosk's own origin, which is no kiosk, with a camera that was only created. */
async function openPage(
  t: TestContext,
  { module, create }: (typeof CAMERAS)[number],
  args = FAKE_CAMERA,
): Promise<Page> {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t), DEMO: '1' });
  const page = await (await openChromium(t, args)).newPage();
  await page.goto(`${booth.url}/demo`);
  await page.evaluate(
    async ({ module, create }) => {
      globalThis.camera = (await import(module))[create]() as Camera;
      document.body.append(globalThis.camera.view);
    },
    { module, create },
  );
  return page;
}

/** A shot, as the bytes that the page would send. */
async function capture(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => [
    ...new Uint8Array(await (await globalThis.camera.capture()).arrayBuffer()),
  ]);
  return Buffer.from(bytes);
}

for (const camera of CAMERAS) {
  test(`${camera.name}: starts, is live, takes whole JPEGs that differ, stops, starts again`, {
    timeout: 60_000,
  }, async (t) => {
    const page = await openPage(t, camera);
    assert.equal(await page.evaluate(() => globalThis.camera.isLive()), false, 'not before it is started');
    await page.evaluate(() => globalThis.camera.start());
    assert.equal(await page.evaluate(() => globalThis.camera.isLive()), true);
    const view = await page.evaluate(() => globalThis.camera.view.getBoundingClientRect().width);
    assert.ok(view > 0, 'there is something to see');

    const first = await capture(page);
    const { format, width = 0, height = 0 } = await sharp(first).metadata();
    assert.equal(format, 'jpeg');
    assert.ok(width >= 1600, `${width} pixels wide`);
    assert.ok(width > height);
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
}

const browser = CAMERAS[1] as (typeof CAMERAS)[number];
const codeOfStart = () =>
  globalThis.camera.start().then(
    () => 'started',
    (error: { code?: string }) => error.code,
  );

test('browser: no camera is said to be missing', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t, browser, ['--use-fake-ui-for-media-stream']);
  assert.equal(await page.evaluate(codeOfStart), 'missing');
});

test('browser: a camera that may not be used is said to be refused', { timeout: 60_000 }, async (t) => {
  const page = await openPage(t, browser, [
    '--use-fake-device-for-media-stream',
    '--deny-permission-prompts',
  ]);
  assert.equal(await page.evaluate(codeOfStart), 'refused');
});
