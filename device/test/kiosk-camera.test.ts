import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import { FAKE_CAMERA } from '@photomaton/design-docs/launch-chromium';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { type BoothProcess, makeDataDir, startBooth } from './booth-process.ts';
import { fakeCameras } from './fake-cameras.ts';
import { startShownKiosk } from './shown-kiosk.ts';

/** A booth whose camera the daemon holds, with a guest in front of it. */
async function openBooth(t: TestContext, camera: string) {
  const fakes = await fakeCameras(t);
  const dataDir = await makeDataDir(t);
  const env = { DATA_DIR: dataDir, CAMERA: camera, GPHOTO2_SETTINGS: 'capturetarget=0', ...fakes.env };
  const booth = await startBooth(t, env);
  const page = await (await openChromium(t)).newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => assert.fail(error));
  await page.goto(booth.url);
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  return { booth, page, fakes };
}

/** What the screen shows changes. */
async function seesMovement(page: Page): Promise<void> {
  const seen = () =>
    page.locator('#live canvas').evaluate((view: HTMLCanvasElement) => {
      const pen = new OffscreenCanvas(64, 48).getContext('2d');
      pen?.drawImage(view, 0, 0, 64, 48);
      return String(pen?.getImageData(0, 0, 64, 48).data);
    });
  const first = await seen();
  assert.ok(new Set(first.split(',')).size > 20, 'there is a picture');
  for (const end = Date.now() + 10_000; (await seen()) === first; )
    assert.ok(Date.now() < end, 'it stands still');
}

const shows = (page: Page, screen: string) => page.locator(`[data-screen="${screen}"]`).waitFor();

/** With the one button: begins, and takes the layout that is marked first. */
async function begin(page: Page): Promise<void> {
  await page.keyboard.press('Space');
  await shows(page, 'choose');
  await page.keyboard.press('Space');
}

/** Of the shot that the guest looks at, as the camera gave it: width and height, upright. */
async function sizeOfShot(page: Page): Promise<[number, number]> {
  await shows(page, 'review');
  return page.locator('#review-shots img').evaluate(async (shot: HTMLImageElement) => {
    await shot.decode();
    return [shot.naturalWidth, shot.naturalHeight] as [number, number];
  });
}

/** The guest keeps the shot, and the booth has the picture that was made of it. */
async function keep({ url }: BoothProcess, page: Page): Promise<void> {
  await page.keyboard.press('Space');
  await page.locator('#shot-qr').waitFor();
  const { photos } = (await (await fetch(`${url}/api/photos`)).json()) as { photos: { id: string }[] };
  assert.equal(photos.length, 1);
  const original = await fetch(`${url}/api/photos/${photos[0]?.id}/original`);
  const { width, height } = await sharp(await original.arrayBuffer(), { failOn: 'warning' }).metadata();
  assert.deepEqual({ width, height }, { width: 1800, height: 1200 });
}

for (const { camera, size } of [
  { camera: 'gphoto2', size: [1600, 2400] },
  { camera: 'rpicam', size: [2304, 1296] },
]) {
  test(`${camera}: a guest sees the live view, and takes the camera’s own photo`, {
    timeout: 120_000,
  }, async (t) => {
    const { booth, page } = await openBooth(t, camera);
    await seesMovement(page);
    await begin(page);
    assert.deepEqual(await sizeOfShot(page), size);
    await keep(booth, page);
    const health = (await (await fetch(`${booth.url}/healthz`)).json()) as { camera: string };
    assert.equal(health.camera, 'live');
    const program = await fetch(`${booth.url}/code/camera/daemon/gphoto2.ts`);
    assert.equal(program.status, 404, 'the daemon’s own modules are nobody’s business');
  });
}

test('gphoto2: killed in the middle of a visit, it comes back, and the guest has a photo', {
  timeout: 120_000,
}, async (t) => {
  const { booth, page, fakes } = await openBooth(t, 'gphoto2');
  await begin(page);
  await page.locator('#countdown-number', { hasText: /[12]/ }).waitFor();
  fakes.kill();
  // Its own if it is back in time, else a frame.
  await sizeOfShot(page);
  await keep(booth, page);
  await page.getByRole('button', { name: 'Terminé' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  await seesMovement(page);
  assert.equal(fakes.starts(), 2);
});

test('gphoto2: one that is gone at zero leaves the guest the best frame; then the screen says what is the matter', {
  timeout: 120_000,
}, async (t) => {
  const { booth, page, fakes } = await openBooth(t, 'gphoto2');
  await page.route('**/api/camera/capture*', (zero) => {
    fakes.is('unplugged');
    return zero.continue();
  });
  await begin(page);
  assert.deepEqual(
    await sizeOfShot(page),
    [1600, 1067],
    'a frame of the live view, made large enough to print',
  );
  await keep(booth, page);
  await page.getByRole('button', { name: 'Terminé' }).click();
  await page.getByRole('heading', { name: 'Je ne vois plus rien' }).waitFor();
  await page.getByText('Je ne trouve pas l’appareil photo').waitFor();
  fakes.is('well');
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  await seesMovement(page);
});

test('new settings leave the live view alone', { timeout: 120_000 }, async (t) => {
  const booth = await startShownKiosk(t, { config: { camera: 'browser' } });
  const page = await (await openChromium(t, FAKE_CAMERA)).newPage();
  await page.goto(booth.url);
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  const stream = () =>
    page.locator('#live video').evaluate((video: HTMLVideoElement) => (video.srcObject as MediaStream).id);
  const before = await stream();
  booth.show({ title: 'Another party', language: 'en', countdownS: 9 });
  await page.getByRole('heading', { name: 'Another party' }).waitFor();
  assert.equal(await stream(), before);
  const at = await page.locator('#live video').evaluate((video: HTMLVideoElement) => video.currentTime);
  await page.waitForFunction(
    (at) => (document.querySelector('#live video') as HTMLVideoElement).currentTime > at,
    at,
  );
});
