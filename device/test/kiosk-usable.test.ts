import test from 'node:test';
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
