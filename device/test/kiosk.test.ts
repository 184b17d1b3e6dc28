import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test, { type TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { AxeResults } from 'axe-core';
import jsqr from 'jsqr';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { type BoothProcess, makeDataDir, startBooth } from './booth-process.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Listed {
  total: number;
  photos: { id: string; name: string; state: string }[];
}

async function photosOn({ url }: BoothProcess): Promise<Listed> {
  return (await (await fetch(`${url}/api/photos`)).json()) as Listed;
}

/**
 * The kiosk page of a booth, at a screen of 1280x800; nothing may go wrong in it. It offers no layouts: visits with
 * a choice are in kiosk-journeys.test.ts.
 */
async function openKiosk(t: TestContext, booth: BoothProcess): Promise<Page> {
  const browser = await openChromium(t);
  const page = await browser.newPage({
    ...{ viewport: { width: 1280, height: 800 }, locale: 'fr-FR', reducedMotion: 'reduce' },
  });
  page.on('pageerror', (error) => t.diagnostic(`in the page: ${error.stack}`));
  page.on('pageerror', () => assert.fail('an error in the page'));
  await page.route('**/api/templates', (route) => route.fulfill({ status: 404 }));
  await page.goto(booth.url);
  return page;
}

/** Nobody pairs this booth: it is used without. */
async function goOnUnpaired(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
}

async function textInQr(image: Locator): Promise<string | undefined> {
  await image.evaluate((element: HTMLImageElement) => element.decode());
  const { data, info } = await sharp(await image.screenshot())
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return jsqr.default(new Uint8ClampedArray(data), info.width, info.height)?.data;
}

async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  );
}

test('a guest takes a photo, sees it, and finds its link in the QR code', { timeout: 60_000 }, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const page = await openKiosk(t, booth);
  await goOnUnpaired(page);
  await assertAccessible(page);

  await page.getByRole('button', { name: 'Prendre une photo' }).click();
  await page.locator('#countdown-number', { hasText: '3' }).waitFor();
  await page.locator('#countdown-number', { hasText: '1' }).waitFor();
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  await assertAccessible(page);

  const { total, photos } = await photosOn(booth);
  assert.equal(total, 1);
  assert.match(photos[0]?.name ?? '', /^\d\d[A-Z][a-z]{2}\d{4}_\d{6}\.jpg$/);
  const original = await fetch(`${booth.url}/api/photos/${photos[0]?.id}/original`);
  const { format, width = 0 } = await sharp(await original.arrayBuffer()).metadata();
  assert.equal(format, 'jpeg');
  assert.ok(width >= 1600, `${width} pixels wide`);
  // The very picture on the screen is the one that was saved.
  const isSame = await page
    .locator('#shot-picture')
    .evaluate(async (shown: HTMLImageElement, src: string) => {
      const saved = new Image();
      saved.src = src;
      await saved.decode();
      const [a, b] = [shown, saved].map((image) => {
        const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
        const pen = canvas.getContext('2d');
        pen?.drawImage(image, 0, 0);
        return pen?.getImageData(0, 0, canvas.width, canvas.height).data;
      });
      return (
        a !== undefined && b !== undefined && a.length === b.length && a.every((value, i) => value === b[i])
      );
    }, `/api/photos/${photos[0]?.id}/original`);
  assert.equal(isSame, true);

  const link = await textInQr(page.locator('#shot-qr'));
  assert.match(link ?? '', /^http:\/\/127\.0\.0\.1:9\/p\/[0-9a-f]{24}-1\.[\w-]{22}$/);

  await page.getByRole('button', { name: 'Terminé' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  await page.locator('#strip-photos img').waitFor();
});

test('a press button (Space) is enough, and the next shot is another one', { timeout: 60_000 }, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const page = await openKiosk(t, booth);
  await goOnUnpaired(page);
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  await page.getByRole('button', { name: 'Refaire' }).click();
  await page.locator('#countdown-number', { hasText: '2' }).waitFor();
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  const { photos } = await photosOn(booth);
  const digests = photos.map(({ id }) => id.split(':').at(-1));
  assert.equal(new Set(digests).size, 2);
});

test('a guest changes the language, and the next one finds the usual one', { timeout: 60_000 }, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const page = await openKiosk(t, booth);
  await goOnUnpaired(page);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Take a photo' }).click();
  await page.getByRole('heading', { name: 'Here it is!' }).waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
});

test('a full disk is said before the countdown, not after', { timeout: 60_000 }, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t), DISK_RESERVE_MB: '999999999' });
  const page = await openKiosk(t, booth);
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).click();
  await page.getByRole('heading', { name: 'L’album est plein' }).waitFor();
  await page.keyboard.press('Space');
  assert.equal(await page.getByRole('button', { name: 'Prendre une photo' }).isVisible(), false);
  assert.equal(await page.locator('#countdown-number').isVisible(), false);
  await assertAccessible(page);
});

test('the daemon is killed before the shot and comes back: the shot arrives', {
  timeout: 90_000,
}, async (t) => {
  const dataDir = await makeDataDir(t);
  const booth = await startBooth(t, { DATA_DIR: dataDir });
  const page = await openKiosk(t, booth);
  await goOnUnpaired(page);
  await page.keyboard.press('Space');
  await page.locator('#countdown-number', { hasText: '2' }).waitFor();
  booth.process.kill('SIGKILL');
  await booth.ended;
  // The guest is told, the visit goes on, the picture stays on the screen.
  await page.getByText('Votre photo est gardée').waitFor();
  assert.equal(await page.locator('#shot-picture').isVisible(), true);

  const again = await startBooth(t, { DATA_DIR: dataDir, BOOTH_PORT: new URL(booth.url).port });
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  assert.equal((await photosOn(again)).total, 1);
});

test('an answer that is lost on its way back does not save the shot twice', {
  timeout: 60_000,
}, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t) });
  const page = await openKiosk(t, booth);
  const keys: (string | undefined)[] = [];
  await page.route('**/api/photos', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    assert.equal((await route.fetch()).status(), 201);
    return route.abort();
  });
  await goOnUnpaired(page);
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal((await photosOn(booth)).total, 1);
  await page.getByRole('button', { name: 'Refaire' }).click();
  await page.locator('#countdown-number', { hasText: '2' }).waitFor();
  await page.getByRole('heading', { name: 'La voilà' }).waitFor();
  assert.notEqual(keys[2], keys[0], 'the next shot has a key of its own');
  assert.equal((await photosOn(booth)).total, 2);
});

test('between two guests a restarting booth says that it restarts, and comes back', {
  timeout: 90_000,
}, async (t) => {
  const dataDir = await makeDataDir(t);
  const booth = await startBooth(t, { DATA_DIR: dataDir });
  const page = await openKiosk(t, booth);
  await goOnUnpaired(page);
  booth.process.kill('SIGTERM');
  await booth.ended;
  await page.getByRole('heading', { name: 'Le photomaton redémarre' }).waitFor();
  await page.keyboard.press('Space');
  assert.equal(await page.locator('#countdown-number').isVisible(), false);
  await startBooth(t, { DATA_DIR: dataDir, BOOTH_PORT: new URL(booth.url).port });
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).waitFor();
});

test('without a camera the screen says so, in plain words', { timeout: 60_000 }, async (t) => {
  const booth = await startBooth(t, { DATA_DIR: await makeDataDir(t), CAMERA: 'browser' });
  const page = await openKiosk(t, booth);
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).click();
  await page.getByRole('heading', { name: 'Je ne vois plus rien' }).waitFor();
});
