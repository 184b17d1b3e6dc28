import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { Page } from 'playwright-core';
import { startShownKiosk } from './shown-kiosk.ts';

const TRAVELLING = {
  photos: { onBooth: 11, uploading: 1, inCloud: 1318 },
  upload: {
    speed: { value: 1.2, unit: 'megabyte-per-second' },
    left: { value: 4, unit: 'minute' },
  },
} as const;

/** The kiosk page with twelve photos on their way; nothing may go wrong in it. */
async function openKiosk(t: TestContext) {
  const kiosk = await startShownKiosk(t);
  kiosk.show({ sync: TRAVELLING });
  const browser = await openChromium(t);
  const page = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    locale: 'fr-FR',
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  page.on('pageerror', (error) => assert.fail(`in the page: ${error.stack}`));
  await page.clock.install();
  await page.goto(kiosk.url);
  await signOf(page).waitFor();
  return { page, show: kiosk.show };
}

const signOf = (page: Page) => page.getByRole('button', { name: '12 photos sont en route' });
const statusOf = (page: Page) => page.getByRole('region', { name: 'Où sont les photos' });
const countdownOf = (page: Page) => page.locator('#countdown-number');

test('a tap on the sign shows where the photos are, as they go', { timeout: 60_000 }, async (t) => {
  const { page, show } = await openKiosk(t);
  await signOf(page).tap();
  const status = statusOf(page);
  await status.waitFor();
  const text = async () => (await status.innerText()).replaceAll(/\s+/g, ' ');
  assert.match(await text(), /12 photos sont en route/);
  // In the page the name comes first, for those who listen.
  assert.match(await text(), /dans le photomaton 11 en route 1 dans le nuage 1 318/);
  assert.match(await text(), /1,2 Mo\/s, encore environ 4 minutes/);
  assert.match(await text(), /Place libre 31 Go/);
  assert.equal(await status.getByRole('progressbar').evaluate((bar: HTMLProgressElement) => bar.value), 1318);

  show({
    sync: {
      photos: { onBooth: 0, uploading: 0, inCloud: 1330 },
      allSentAt: new Date().toISOString(),
    },
  });
  await status.getByText('Toutes les photos sont dans le nuage').waitFor();
  assert.match(await text(), /Tout était dans le nuage aujourd’hui à \d+ h \d\d/);
  assert.doesNotMatch(await text(), /Mo\/s/);

  await page.getByRole('button', { name: 'Retour' }).tap();
  await status.waitFor({ state: 'hidden' });
});

test('what is in the way is said there with what to do, and nowhere else', { timeout: 60_000 }, async (t) => {
  const { page, show } = await openKiosk(t);
  const reason = 'attachment photo.jpg is longer than 30000000 bytes';
  show({ sync: { photos: { onBooth: 12, uploading: 0, inCloud: 0 }, problem: 'login-page' } });
  const sign = page.getByRole('button', { name: '12 photos sont gardées dans le photomaton' });
  await sign.waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), /Wi‑Fi/);
  await sign.tap();
  await statusOf(page).getByText('Le Wi‑Fi de la salle demande une connexion').waitFor();

  show({
    sync: {
      photos: { onBooth: 2, uploading: 0, inCloud: 0 },
      problem: 'photos-refused',
      refused: { photos: 2, reason },
      disk: { free: { value: 900, unit: 'megabyte' }, low: true },
    },
  });
  await statusOf(page).getByText('Le portail n’a pas pris 2 photos').waitFor();
  assert.equal(await statusOf(page).getByText(reason).getAttribute('lang'), 'en');
  await statusOf(page).getByText('900 Mo, il en reste peu').waitFor();
  await page.getByRole('button', { name: 'EN – English' }).tap();
  await page.getByText('The portal did not take 2 photos').waitFor();
  await page.getByText('900 MB, little is left').waitFor();
});

test('the keyboard opens it, Escape closes it, and the focus finds its way', {
  timeout: 60_000,
}, async (t) => {
  const { page } = await openKiosk(t);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'sign');
  await page.keyboard.press('Enter');
  await statusOf(page).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'status-title');
  await page.keyboard.press('Escape');
  await statusOf(page).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'sign');
});

test('it goes away by itself when nobody touches it', { timeout: 60_000 }, async (t) => {
  const { page } = await openKiosk(t);
  await signOf(page).tap();
  await page.clock.fastForward(55_000);
  await statusOf(page).tap();
  await page.clock.fastForward(55_000);
  assert.equal(await statusOf(page).isVisible(), true, 'it was touched meanwhile');
  await page.clock.fastForward(6_000);
  await statusOf(page).waitFor({ state: 'hidden' });
  await signOf(page).waitFor();
});

test('a guest’s visit goes before it, and it does not come back in between', {
  timeout: 60_000,
}, async (t) => {
  const { page, show } = await openKiosk(t);
  await signOf(page).tap();
  await statusOf(page).waitFor();
  // The wired press button is the one red button here too.
  await page.keyboard.press('Space');
  await countdownOf(page).waitFor();
  assert.equal(await statusOf(page).isVisible(), false);
  show({ sync: { ...TRAVELLING, problem: 'failed' } });
  // This kiosk keeps no photos; that ends the visit as well as any other answer.
  await page.getByRole('heading', { name: 'Cette photo est ratée' }).waitFor();
  assert.equal(await statusOf(page).isVisible(), false);
  await page.getByRole('button', { name: 'Terminé' }).click();
  await signOf(page).waitFor();
  assert.equal(await statusOf(page).isVisible(), false);
});

test('after a look by touch, Space takes a photo', { timeout: 60_000 }, async (t) => {
  const { page } = await openKiosk(t);
  await signOf(page).tap();
  await page.getByRole('button', { name: 'Retour' }).tap();
  await signOf(page).waitFor();
  await page.keyboard.press('Space');
  await countdownOf(page).waitFor();
});

test('what the booth itself has to say goes before it', { timeout: 60_000 }, async (t) => {
  const { page, show } = await openKiosk(t);
  await signOf(page).tap();
  await statusOf(page).waitFor();
  show({ screen: { kind: 'restarting' }, sync: TRAVELLING });
  await page.getByRole('heading', { name: 'Le photomaton redémarre' }).waitFor();
  show({ sync: TRAVELLING });
  await signOf(page).waitFor();
  assert.equal(await statusOf(page).isVisible(), false);
});

test('a booth with no room shows the way to it, and takes no photo from there', {
  timeout: 60_000,
}, async (t) => {
  const { page, show } = await openKiosk(t);
  show({ full: true, sync: TRAVELLING });
  await page.getByRole('heading', { name: 'L’album est plein' }).waitFor();
  await page.getByRole('button', { name: 'Voir où sont les photos' }).tap();
  await statusOf(page).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Prendre une photo' }).isVisible(), false);
  await statusOf(page).getByText('31 Go, plus de place pour une photo').waitFor();
});

test('a booth that is bound to nobody has no sign', { timeout: 60_000 }, async (t) => {
  const { page, show } = await openKiosk(t);
  show({ bound: false, sync: TRAVELLING });
  await page.getByRole('button', { name: 'Associer ce photomaton' }).waitFor();
  assert.equal(await signOf(page).isVisible(), false);
});
