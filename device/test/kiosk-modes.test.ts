/**
 * A guest in front of a real booth, in each mode: the kiosk page in Chromium, whose webcam plays the shipped photographs,
 * and the daemon that keeps what was taken. Nothing is moved or faked: the countdown is one second.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import {
  boothDatabase,
  eventDatabase,
  type PhotoDoc,
  type SettingsDoc,
  type ShotDoc,
} from '@photomaton/design-docs/docs';
import { FAKE_CAMERA, WEBGL } from '@photomaton/design-docs/launch-chromium';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { openIdentity } from '../pairing/identity.ts';
import { startBooth } from './booth-process.ts';
import { tempFolder } from './context.ts';
import { photograph } from './drawing.ts';
import { makeSite, startServer } from './site.ts';
import { until } from './syncing-booth.ts';

const CAMERA_SIZE = { width: 1280, height: 720 };

/** Motion JPEG, as a webcam gives it: each photograph for a while. */
async function filmOfPhotographs(t: TestContext): Promise<string> {
  const frames = await Promise.all(
    ['astronaut', 'chelsea', 'coffee', 'rocket'].map((name) =>
      sharp(photograph(name)).resize(CAMERA_SIZE).jpeg().toBuffer(),
    ),
  );
  const file = join(await tempFolder(t), 'photographs.mjpeg');
  await writeFile(file, Buffer.concat(frames.flatMap((frame) => Array<Buffer>(10).fill(frame))));
  return file;
}

async function openParty(t: TestContext) {
  const dataDir = await tempFolder(t);
  const identity = await openIdentity(dataDir);
  const site = await makeSite(t, await startServer(t), identity.current().booth);
  await site.couch.update<SettingsDoc>(boothDatabase(site.booth), 'settings', (settings) => {
    const templates = ['full-bleed', 'classic-strip', 'boomerang'];
    return settings && { ...settings, countdownS: 1, templates, filters: ['none', 'sepia'], keepShots: true };
  });
  const binding = { key: site.key, syncUrl: site.admin.url, portalUrl: 'http://127.0.0.1:9' };
  await identity.bind({ ...binding, pairedAt: new Date().toISOString() });
  const booth = await startBooth(t, { DATA_DIR: dataDir, CAMERA: 'browser' });
  const film = await filmOfPhotographs(t);
  const browser = await openChromium(t, [WEBGL, ...FAKE_CAMERA, `--use-file-for-fake-video-capture=${film}`]);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(45_000);
  page.on('pageerror', (error) => assert.fail(error));
  await page.goto(booth.url);
  // The settings have come down.
  await page.getByRole('button', { name: 'Take a photo' }).waitFor();
  const db = eventDatabase(site.event);
  /** What has arrived in the cloud. */
  const arrived = <T extends { _id: string } = PhotoDoc>(kind: 'photo' | 'shot' | 'clip') =>
    site.couch.range<T>(db, { startkey: `${kind}:`, endkey: `${kind};`, limit: 20 });
  return { page, arrived };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** Has taken the last shot: sees it raw, stops the ring, and sees what it becomes. */
async function looks(page: Page): Promise<void> {
  await page.locator('#review-shots img').first().waitFor();
  await page.locator('[data-screen="review"] [data-pause]').click();
  await page.locator('#review-finished').waitFor();
}

const sizeOf = (page: Page, picture: string) =>
  page
    .locator(picture)
    .evaluate(({ naturalWidth, naturalHeight }: HTMLImageElement) => [naturalWidth, naturalHeight]);

async function keeps(page: Page): Promise<void> {
  await button(page, 'Keep').click();
  await page.locator('#shot-qr').waitFor();
}

test('a single picture, a strip with a retake, a boomerang: seen, kept, and in the cloud', {
  timeout: 180_000,
}, async (t) => {
  const { page, arrived } = await openParty(t);
  const photoIs = (template: string, filter: string) => async () => {
    const photos = await arrived('photo');
    return photos.some(({ made }) => made?.template === template && made.filter === filter);
  };

  await t.test('single', async () => {
    await button(page, 'Take a photo').click();
    await button(page, 'Full bleed').click();
    await looks(page);
    assert.deepEqual(await sizeOf(page, '#review-finished'), [1800, 1200]);
    await keeps(page);
    await button(page, 'Done').click();
    await until(photoIs('full-bleed', 'none'), 'in the cloud');
    await until(async () => (await arrived('shot')).length === 1, 'with its shot');
  });

  await t.test('strip', async () => {
    await button(page, 'Take a photo').click();
    await button(page, 'Sepia').click();
    await button(page, 'Classic strip').click();
    await looks(page);
    const before = await page.locator('#review-finished').getAttribute('src');
    await button(page, 'Retake photo 3').click();
    await page.locator('[data-screen="countdown"]').waitFor();
    await looks(page);
    assert.notEqual(await page.locator('#review-finished').getAttribute('src'), before);
    await keeps(page);
    await button(page, 'Done').click();
    await until(photoIs('classic-strip', 'sepia'), 'in the cloud');
    // Two that are bit for bit the same are one document.
    const shots = async () => (await arrived<ShotDoc>('shot')).flatMap(({ shots }) => shots);
    await until(async () => (await shots()).length === 5, 'with the four shots that were kept');
  });

  await t.test('boomerang', async () => {
    const film = page.waitForResponse(/\/film\?/);
    await button(page, 'Take a photo').click();
    await button(page, 'Boomerang').click();
    await looks(page);
    assert.equal((await film).headers()['content-type'], 'image/webp');
    assert.deepEqual(await sizeOf(page, '#review-finished'), [800, 800], 'it moves, on its page');
    await keeps(page);
    assert.deepEqual(await sizeOf(page, '#shot-picture'), [800, 800]);
    await until(photoIs('boomerang', 'none'), 'in the cloud');
    await until(async () => (await arrived('clip')).length === 2, 'as MP4 and as WebP');
  });
});
