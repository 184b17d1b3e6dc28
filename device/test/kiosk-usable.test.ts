import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { assertUsable, openKioskPage, screenOf } from './kiosk-page.ts';
import { startShownKiosk } from './shown-kiosk.ts';
import { createVisits } from './shown-visits.ts';

/** The menu's screens are in kiosk-maintenance.test.ts, those of the booth itself in the browser journeys. */
for (const [language, theme] of [
  ['fr', 'light'],
  ['en', 'dark'],
] as const) {
  test(`every screen of a visit can be used, ${language}, ${theme}: contrast, names, targets, letters`, {
    timeout: 180_000,
  }, async (t) => {
    const visits = createVisits();
    const kiosk = await startShownKiosk(t, { photos: visits.router });
    const event = {
      language,
      accent: theme === 'light' ? '#ffe14d' : '#0b3d91',
      countdownS: 5,
      filters: ['none', 'black-and-white', 'sepia'],
    };
    kiosk.show(event);
    const page = await openKioskPage(t, kiosk.url);
    const release = visits.hold();
    const shows = (name: string) => screenOf(page, name).waitFor();
    const go = page.locator('[data-screen="attract"] [data-action="go"]');
    const countDown = async () => {
      await shows('countdown');
      await page.clock.runFor(5_400);
    };

    await shows('attract');
    await assertUsable(page, 'attract', theme);
    await go.click();
    await shows('choose');
    await assertUsable(page, 'choose', theme);
    await page.locator('[data-layout="classic-strip"]').click();
    await shows('countdown');
    await assertUsable(page, 'countdown', theme);
    await countDown();
    await shows('taken');
    await assertUsable(page, 'taken', theme);
    for (const _ of [2, 3]) {
      await shows('taken');
      await page.clock.runFor(2_000);
      await countDown();
    }
    await shows('review');
    await assertUsable(page, 'review of three', theme);
    release();
    await page.locator('#review-finished').waitFor();
    await assertUsable(page, 'review of three, finished', theme);
    await page.locator('[data-screen="review"] [data-action="keep"]').click();
    await page.locator('#shot-qr').waitFor();
    await assertUsable(page, 'result', theme);
    await page.locator('[data-screen="shot"] [data-action="done"]').click();
    await go.click();
    await page.locator('[data-layout="full-bleed"]').click();
    await countDown();
    await page.locator('#review-finished').waitFor();
    await assertUsable(page, 'review of one, finished', theme);
    visits.answer(/finish/, 507);
    await page.locator('[data-screen="review"] [data-action="keep"]').click();
    await shows('message');
    await assertUsable(page, 'refused', theme);
    await page.locator('[data-screen="message"] [data-action="done"]').click();
    kiosk.show({ ...event, full: true });
    await shows('message');
    await assertUsable(page, 'full', theme);
  });
}

/** The daemon's side of a camera that can be lost: the same frame thirty times a second. */
async function losableCamera() {
  const frame = await readFile(new URL('../camera/player/coffee.jpg', import.meta.url));
  const router = express.Router();
  let isThere = true;
  let n = 0;
  router.get('/api/camera/live', async (_req, res) => {
    await sleep(33);
    n += 1;
    if (isThere)
      res
        .set({ 'X-Frame': String(n), 'X-Age-Ms': '0' })
        .type('jpeg')
        .send(frame);
    else res.status(503).json({ error: 'missing', reason: 'no camera was found' });
  });
  const is = (there: boolean) => () => {
    isThere = there;
  };
  return { router, lose: is(false), find: is(true) };
}

test('what the screen says of a camera that is lost can be used, between two guests and in a visit', {
  timeout: 120_000,
}, async (t) => {
  const camera = await losableCamera();
  const photos = express.Router().use(camera.router, createVisits().router);
  const kiosk = await startShownKiosk(t, { config: { camera: 'gphoto2' }, photos });
  kiosk.show({ countdownS: 9 });
  const page = await openKioskPage(t, kiosk.url);
  const second = () => page.clock.runFor(1_000);
  /** The page's clock runs ahead of the machine's: it waits for a frame, or the camera would count as silent. */
  const secondInSight = () => Promise.all([page.waitForResponse(/api.camera.live/), second()]);
  const until = async (name: string, pass: () => Promise<unknown>) => {
    for (let s = 0; s < 30 && (await screenOf(page, name).isHidden()); s += 1) await pass();
    await screenOf(page, name).waitFor();
  };
  await until('attract', secondInSight);
  camera.lose();
  await until('message', second);
  await page.getByRole('heading', { name: 'Je ne vois plus rien' }).waitFor();
  await assertUsable(page, 'trouble', 'light');
  camera.find();
  await until('attract', second);

  kiosk.show({ countdownS: 9, language: 'en' });
  await page.getByRole('button', { name: 'Take a photo' }).click();
  await page.locator('[data-layout="classic-strip"]').click();
  await until('taken', secondInSight);
  camera.lose();
  await until('message', second);
  await page.getByRole('heading', { name: 'One moment' }).waitFor();
  await assertUsable(page, 'waiting', 'dark');
});
