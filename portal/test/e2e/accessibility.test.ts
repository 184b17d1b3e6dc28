import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { logIn, setUpSecondFactor, startProduct, until } from './product.ts';
import {
  boothPhotos,
  kioskScreen,
  nextSaved,
  openGallery,
  photograph,
  setupAddress,
  switchNetwork,
  takePhoto,
  textOf,
} from './steps.ts';

const SCREENS = [DESKTOP, { width: 800, height: 480 }, { width: 1080, height: 1920 }];

test('pages of the portal: no serious violation, in both themes, on desk and phone', async (t) => {
  const product = await startProduct(t);
  const { url } = product.portal;
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const operator = await product.createOperator('operator@example.com', 'Opérateur');
  const kiosk = await product.open(product.booth.url);
  const page = await product.open(`${url}/login`);
  await assertAccessible(page, 'login');
  await page.goto(`${url}/nothing-here`);
  await assertAccessible(page, 'not found');

  await page.goto(`${url}/booths`);
  await logIn(page, login);
  await assertAccessible(page, 'no booth yet');
  await page.goto(`${url}/booths/register`);
  await assertAccessible(page, 'register');
  await page.locator('#code').fill('AAAABBBB');
  await page.locator('button[form="register"]').click();
  await page.locator('#problem').waitFor();
  await assertAccessible(page, 'wrong code');

  await kioskScreen(kiosk, 'code');
  await page.goto(`${url}/booths/register`);
  await page.locator('#code').fill(await textOf(kiosk.locator('#code')));
  await page.locator('button[form="register"]').click();
  await page.locator('#confirm').waitFor();
  await assertAccessible(page, 'is it this booth?');
  await page.locator('button[form="confirm"]').click();
  await kioskScreen(kiosk, 'confirm');
  await assertAccessible(page, 'wait for the tap');
  await assertAccessible(kiosk, 'confirm on the booth', [DESKTOP]);
  await kiosk.locator('[data-action="yes"]').click();
  await page.waitForURL(/\/(booths|events\/[0-9a-f]{24})(\?.*)?$/);
  await openGallery(page, url);
  await assertAccessible(page, 'empty gallery');
  await takePhoto(kiosk);
  const saved = nextSaved(kiosk);
  await takePhoto(kiosk);
  await until('both photos in the cloud', async () =>
    (await boothPhotos(product)).every(({ state }) => state === 'in-cloud'),
  );
  await openGallery(page, url);
  await assertAccessible(page, 'gallery');
  await page.goto(`${url}${await page.locator('[data-photos] a').first().getAttribute('href')}`);
  await page.locator('a[download]').waitFor();
  await assertAccessible(page, 'photo');
  await page.goto(`${url}/events`);
  await assertAccessible(page, 'events');
  await page.goto(`${url}/booths`);
  await assertAccessible(page, 'booths');

  const { shareUrl } = await saved;
  const guest = await product.open(shareUrl);
  await guest.locator('main img').waitFor();
  await assertAccessible(guest, 'share');

  await switchNetwork(product, 'offline');
  const later = nextSaved(kiosk);
  await takePhoto(kiosk);
  const waiting = await later;
  await kiosk.getByRole('button', { name: '1 photo est gardée dans le photomaton' }).waitFor();
  await assertAccessible(kiosk, 'attract with its sign', SCREENS);
  await kiosk.locator('#sign').click();
  await kiosk.locator('#status-problem').waitFor();
  await assertAccessible(kiosk, 'where the photos are', SCREENS);
  await kiosk.locator('[data-action="back"]').click();
  await guest.goto(waiting.shareUrl);
  await guest.locator('[data-waiting]').waitFor();
  await assertAccessible(guest, 'share, still on the booth');

  const desk = await product.open(`${url}/login`);
  await logIn(desk, operator);
  await assertAccessible(desk, 'second factor');
  await setUpSecondFactor(desk);
  await desk.goto(`${url}/customers`);
  await assertAccessible(desk, 'customers');
  await desk.goto(`${url}/customers/new`);
  await assertAccessible(desk, 'new customer');
  await desk.locator('input[name="name"]').fill('Noé');
  await desk.locator('input[name="email"]').fill('noe@example.com');
  await desk.locator('input[name="email"]').press('Enter');
  const invitation = desk.getByText(/\/invitation\//).first();
  await invitation.waitFor();
  await assertAccessible(desk, 'customer created');
  const link = /https?:\S+\/invitation\/[\w-]+/.exec((await desk.locator('main').innerHTML()) ?? '')?.[0];
  assert.ok(link);
  await desk.goto(link);
  await assertAccessible(desk, 'invitation');
});

test('screens of the booth, and its setup page: no serious violation', async (t) => {
  const product = await startProduct(t);
  const kiosk = await product.open(product.booth.url);
  await kioskScreen(kiosk, 'code');
  await assertAccessible(kiosk, 'code', SCREENS);
  await kiosk.locator('[data-screen="code"] [data-action="skip"]').click();
  await kioskScreen(kiosk, 'attract');
  await assertAccessible(kiosk, 'attract', SCREENS);
  await photograph(kiosk);
  await assertAccessible(kiosk, 'result', SCREENS);
  await kiosk.locator('[data-action="done"]:visible').click();

  await switchNetwork(product, 'none');
  await kioskScreen(kiosk, 'hotspot');
  await assertAccessible(kiosk, 'hotspot', SCREENS);
  const demo = await product.open(`${product.booth.url}/demo`);
  await assertAccessible(demo, 'demo', [PHONE, DESKTOP]);
  const phone = await product.open(await setupAddress(kiosk));
  await phone.locator('details summary').first().click();
  await assertAccessible(phone, 'setup', [PHONE, DESKTOP]);
});

test('a booth that asks for help, in the portal: no serious violation', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const at = new Date();
  await booth.report(12, at, {
    photos: { onBooth: 10, uploading: 2, inCloud: 318 },
    upload: { bytesLeft: 290e6, bytesPerSecond: 1.2e6 },
    allSentAt: at.toISOString(),
    lastSync: { at: at.toISOString(), outcome: 'failed', problem: 'event-refused', detail: 'x'.repeat(400) },
    refused: [{ id: 'photo', reason: 'attachment photo.jpg is longer than 30000000 bytes' }],
    disk: { freeBytes: 1e9, reserveBytes: 5e8 },
  });
  const browser = await openChromium(t);
  const page = await browser.newPage();
  await page.goto(`${stack.url}/booths`);
  await logIn(page, customer);
  await page.locator('.notice--error').first().waitFor();
  await assertAccessible(page, 'a booth that asks for help');
  await page.goto(`${stack.url}/events/${booth.event}`);
  await page.getByText('still on the booth, about 4 minutes').waitFor();
  await assertAccessible(page, 'a gallery whose photos travel');
});
