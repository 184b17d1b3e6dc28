import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { logIn, type Product, startProduct, until } from './product.ts';
import {
  boothPhotos,
  kioskScreen,
  nextSaved,
  openGallery,
  setupAddress,
  switchNetwork,
  takePhoto,
  textOf,
} from './steps.ts';

/** `npm run screenshots`: walks the product as people do and makes the README's pictures on the way. */

const FOLDER = fileURLToPath(new URL('../../../design-docs/look/pictures/', import.meta.url));
/** Camera programs that can be told to fail (device/test/fakes/README.md). */
const FAKES = fileURLToPath(new URL('../../../device/test/fakes', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };
const PHOTOS = 14;

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    const shown = [...document.images].filter((image) => image.checkVisibility() && image.loading !== 'lazy');
    await Promise.all(shown.map((image) => image.decode().catch(() => undefined)));
    const finite = document.getAnimations().filter((a) => a.effect?.getTiming().iterations !== Infinity);
    await Promise.all(finite.map((animation) => animation.finished));
  });
  await page.screenshot({ path: `${FOLDER}${name}.jpg`, type: 'jpeg', quality: 80 });
  process.stdout.write(`${name}.jpg\n`);
}

async function walk(product: Product): Promise<void> {
  const { url } = product.portal;
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);

  // The installer gives the booth its Wi-Fi.
  await switchNetwork(product, 'none');
  await kioskScreen(kiosk, 'hotspot');
  await shoot(kiosk, 'kiosk-hotspot');
  const phone = await product.open(await setupAddress(kiosk), PHONE);
  const network = phone.locator('details', { hasText: 'Salle des fêtes' });
  await network.locator('summary').click();
  await network.locator('input[name="password"]').fill('lavande2026');
  await shoot(phone, 'phone-setup');
  await phone.locator('details[open] input[name="password"]').press('Enter');
  await kioskScreen(kiosk, 'joining');
  await shoot(kiosk, 'kiosk-joining');

  // The customer types the code, and someone taps on the booth.
  await kioskScreen(kiosk, 'code');
  await shoot(kiosk, 'kiosk-code');
  await holdCorner(kiosk, 'menu'); // of a booth that is nobody's yet: without a PIN
  for (const [action, screen] of [
    ['menu-camera', 'camera-test'],
    ['menu-logs', 'logs'],
  ] as const) {
    await kiosk.locator(`[data-screen="menu"] [data-action="${action}"]`).click();
    await kioskScreen(kiosk, screen);
    await shoot(kiosk, `kiosk-${screen}`);
    await kiosk.locator(`[data-screen="${screen}"] [data-action="menu-back"]`).click();
    await kioskScreen(kiosk, 'menu');
  }
  await kiosk.keyboard.press('Escape');
  await kioskScreen(kiosk, 'code');
  await phone.goto(`${url}/booths/register`);
  await logIn(phone, login);
  await phone.locator('#code').fill(await textOf(kiosk.locator('#code')));
  await phone.locator('button[form="register"]').click();
  await phone.locator('#confirm').waitFor();
  await shoot(phone, 'phone-pair');
  await phone.locator('button[form="confirm"]').click();
  await kioskScreen(kiosk, 'confirm');
  await shoot(kiosk, 'kiosk-confirm');
  await kiosk.locator('[data-action="yes"]').click();

  // Guests take photos.
  for (let taken = 0; taken < PHOTOS; taken++) await takePhoto(kiosk);
  await kioskScreen(kiosk, 'attract');
  await shoot(kiosk, 'kiosk-attract');
  await until('all photos in the cloud', async () =>
    (await boothPhotos(product)).every(({ state }) => state === 'in-cloud'),
  );

  // One more without internet: its QR code works already.
  await switchNetwork(product, 'offline');
  const saved = nextSaved(kiosk);
  await kiosk.locator('[data-screen="attract"] [data-action="go"]').click();
  await kioskScreen(kiosk, 'choose');
  await shoot(kiosk, 'kiosk-choose');
  await kiosk.locator('[data-layout="classic-strip"]').click();
  await kioskScreen(kiosk, 'countdown');
  await shoot(kiosk, 'kiosk-countdown');
  await kioskScreen(kiosk, 'taken');
  await shoot(kiosk, 'kiosk-taken');
  await kiosk.locator('#review-finished').waitFor({ timeout: 60_000 });
  await shoot(kiosk, 'kiosk-review');
  await kiosk.locator('[data-screen="review"] [data-action="keep"]').click();
  await kiosk.locator('#shot-qr').waitFor();
  await shoot(kiosk, 'kiosk-result');
  const { shareUrl } = await saved;
  const guest = await product.open(shareUrl, PHONE);
  await guest.locator('[data-waiting]').waitFor();
  await shoot(guest, 'phone-share-waiting');
  await kiosk.locator('[data-action="done"]:visible').click();
  await kiosk.locator('#sign').click();
  await kiosk.locator('#status-problem').waitFor();
  await shoot(kiosk, 'kiosk-status');
  await kiosk.locator('[data-action="back"]').click();

  await switchNetwork(product, 'online');
  await guest.locator('main img').waitFor({ timeout: 40_000 });
  await until('the picture to be there', () =>
    guest.locator('main img').evaluate((img) => (img as HTMLImageElement).complete),
  );
  await shoot(guest, 'phone-share');

  const customer = await product.open(`${url}/booths`);
  await logIn(customer, login);
  for (const [page, name] of [
    [customer, 'portal-gallery'],
    [phone, 'phone-gallery'],
  ] as const) {
    await openGallery(page, url);
    await page.locator('.has-script').waitFor();
    await until('the thumbnails to be there', () =>
      page
        .locator('[data-photos] img')
        .evaluateAll((all) => all.slice(0, 12).every((img) => (img as HTMLImageElement).complete)),
    );
    await shoot(page, name);
  }

  await ownTemplate(url, customer, phone);

  // Whoever looks after the booth has chosen a PIN, and another event that may be chosen there.
  await customer.goto(`${url}/events/new`);
  await customer.locator('#title').fill('Anniversaire de Léa');
  await customer.locator('#title').press('Enter');
  await customer.waitForURL(/\/events\/[0-9a-f]{24}/);
  await customer.goto(`${url}/booths`);
  await customer.locator('.card__title').first().click();
  for (const choice of await customer.locator('[name="choices"]').all()) await choice.check();
  await customer.locator('#pin').fill('271828');
  await customer.locator('#pin').press('Enter');
  await until('the PIN to be on the booth', async () => {
    const answer = await fetch(`${product.booth.url}/api/maintenance`);
    return ((await answer.json()) as { pin: string }).pin === 'pin';
  });
  await holdCorner(kiosk, 'pin');
  await kiosk.keyboard.type('271');
  await shoot(kiosk, 'kiosk-pin');
  await kiosk.keyboard.type('828');
  await kioskScreen(kiosk, 'menu');
  await shoot(kiosk, 'kiosk-menu');
  await kiosk.locator('[data-action="menu-events"]').click();
  await kioskScreen(kiosk, 'events');
  await shoot(kiosk, 'kiosk-events');
  await inTrouble(product, kiosk);
}

/** A template of her own, with one text moved a little. */
async function ownTemplate(url: string, customer: Page, phone: Page): Promise<void> {
  await customer.goto(`${url}/templates`);
  await customer.locator('button[name="from"][value="postcard"]').click();
  for (const [page, name] of [
    [customer, 'portal-template'],
    [phone, 'phone-template'],
  ] as const) {
    if (page !== customer) await page.goto(customer.url());
    const drawn = page.waitForResponse((answer) => answer.url().endsWith('/preview') && answer.ok());
    await page.locator('[data-handle="texts.3"]').focus();
    await page.keyboard.press('ArrowUp');
    await drawn;
    await shoot(page, name);
  }
}

async function holdCorner(kiosk: Page, opens: string): Promise<void> {
  await kiosk.mouse.move(20, 20);
  await kiosk.mouse.down();
  await kioskScreen(kiosk, opens);
  await kiosk.mouse.up();
}

/** The booth with a DSLR that is unplugged, in a visit and between two guests; then on a disk without room. */
async function inTrouble(product: Product, kiosk: Page): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-camera-'));
  const camera = join(folder, 'is');
  const go = kiosk.locator('[data-screen="attract"] [data-action="go"]');
  await product.booth.stop();
  const PATH = `${FAKES}:${process.env.PATH ?? ''}`;
  await product.startBooth({ CAMERA: 'gphoto2', FAKE_CAMERA_FILE: camera, PATH });
  await kiosk.goto(product.booth.url);
  await go.click();
  await kiosk.locator('[data-layout="classic-strip"]').click();
  await kioskScreen(kiosk, 'taken');
  await writeFile(camera, 'unplugged');
  await kioskScreen(kiosk, 'message');
  await shoot(kiosk, 'kiosk-waiting');
  await writeFile(camera, 'well');
  await kiosk.locator('#review-finished').waitFor({ timeout: 60_000 });
  await kiosk.locator('[data-screen="review"] [data-action="keep"]').click();
  await kiosk.locator('[data-screen="shot"] [data-action="done"]').click();
  await kioskScreen(kiosk, 'attract');
  await writeFile(camera, 'unplugged');
  await kioskScreen(kiosk, 'message');
  await shoot(kiosk, 'kiosk-trouble');
  await product.booth.stop();
  await rm(folder, { recursive: true, force: true });

  await product.startBooth({ DISK_RESERVE_MB: String(1e9) });
  await kiosk.goto(product.booth.url);
  await kioskScreen(kiosk, 'message');
  await kiosk.locator('#message-other').waitFor(); // as long as it starts there is nothing to do about it
  await shoot(kiosk, 'kiosk-full');
}

await mkdir(FOLDER, { recursive: true });
const endings: (() => unknown)[] = [];
try {
  await walk(await startProduct({ after: (end) => void endings.push(end as () => unknown) }));
} finally {
  for (const end of endings) await end();
}
