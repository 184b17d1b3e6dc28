import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, PHONE } from './accessible.ts';
import { startProduct, until } from './product.ts';
import {
  boothOriginal,
  boothPhotos,
  kioskScreen,
  nextSaved,
  openGallery,
  pair,
  setupAddress,
  switchNetwork,
  takePhoto,
  textOf,
  untilDownloadable,
} from './steps.ts';

const PHOTO_NAME = /^\d\d(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\d{4}_\d{6}(-\d+)?\.jpg$/;

test('a guest snaps photos offline, and all of them arrive bit for bit', async (t) => {
  const product = await startProduct(t);
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);

  // Before pairing: the photo waits for its customer.
  await kioskScreen(kiosk, 'code');
  await kiosk.locator('[data-screen="code"] [data-action="skip"]').click();
  await takePhoto(kiosk);
  await kiosk.locator('#attract-pair').click();
  await pair(kiosk, customer, login, product.portal.url);

  // Offline twice over: the booth's network is cut, and the server is gone.
  await switchNetwork(product, 'offline');
  await product.portal.stop();
  await takePhoto(kiosk);
  await takePhoto(kiosk);
  const taken = await boothPhotos(product);
  assert.equal(taken.length, 3);
  await kiosk.getByRole('button', { name: /\d photos? (est|sont) gardées? dans le photomaton/ }).waitFor();
  for (const { name } of taken) assert.match(name, PHOTO_NAME);
  const originals = new Map<string, string>();
  for (const { id, name } of taken) originals.set(name, await boothOriginal(product, id));
  assert.equal(new Set(originals.values()).size, 3);

  await product.startPortal();
  await switchNetwork(product, 'online');
  const downloaded = await untilDownloadable(customer, product.portal.url, [...originals.keys()]);
  assert.deepEqual(downloaded, originals);
  await until('the booth to know that all is in the cloud', async () =>
    (await boothPhotos(product)).every(({ state }) => state === 'in-cloud'),
  );
  await kiosk.getByRole('button', { name: 'Toutes les photos sont dans le nuage' }).click();
  await kioskScreen(kiosk, 'status');
  assert.equal(await textOf(kiosk.locator('#status-in-cloud')), '3');
  // Said at the end of the cycle in which the last one arrived.
  await until('the booth to say since when', async () =>
    /^aujourd’hui/.test(await textOf(kiosk.locator('#status-all-sent'))),
  );
});

test('a customer views photos that appear while the page is open, without waiting for the next sync', async (t) => {
  const product = await startProduct(t, { boothEnv: { SYNC_INTERVAL_S: '300' } });
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await pair(kiosk, customer, login, product.portal.url);
  await openGallery(customer, product.portal.url);
  await customer.locator('[data-empty]').waitFor();

  await takePhoto(kiosk);
  const photo = customer.locator('[data-photos] a');
  await photo.first().waitFor({ timeout: 5_000 });
  assert.equal(await photo.count(), 1);
  await until('the thumbnail to be a picture', () =>
    photo.locator('img').evaluate((img) => (img as HTMLImageElement).naturalWidth > 100),
  );

  await photo.first().click();
  await customer.locator('.pswp--open').waitFor();
  // The page of the photo itself says when its original is there.
  await customer.goto(`${product.portal.url}${await photo.first().getAttribute('href')}`);
  const download = customer.locator('a[download]');
  await until('the original to have arrived', async () => {
    await customer.reload();
    return (await download.count()) === 1;
  });
  const [file] = await Promise.all([customer.waitForEvent('download'), download.click()]);
  assert.match(file.suggestedFilename(), PHOTO_NAME);
});

test('the QR code works before the photo is uploaded, and shows it when it is', async (t) => {
  const product = await startProduct(t);
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await pair(kiosk, customer, login, product.portal.url);
  await switchNetwork(product, 'offline');

  const saved = nextSaved(kiosk);
  await takePhoto(kiosk);
  const { shareUrl } = await saved;
  const guest = await product.open(shareUrl, { viewport: { width: 390, height: 844 }, hasTouch: true });
  await guest.locator('[data-waiting]').waitFor();
  // What a page loses when it is loaded again.
  await guest.evaluate(() => Object.assign(window, { isSamePage: true }));

  await switchNetwork(product, 'online');
  const picture = guest.locator('main img');
  await picture.waitFor({ timeout: 40_000 });
  await until('the picture to be there', () =>
    picture.evaluate((img) => (img as HTMLImageElement).naturalWidth > 300),
  );
  assert.equal(await guest.evaluate(() => 'isSamePage' in window), true);

  const junk = await guest.goto(`${shareUrl.slice(0, -1)}${shareUrl.endsWith('A') ? 'Q' : 'A'}`);
  assert.equal(junk?.status(), 404);
});

for (const { lang, name, join, refused } of [
  {
    ...{ lang: 'fr', name: 'Mot de passe', join: 'Se connecter' },
    refused: 'Mot de passe refusé par « Salle des fêtes ».',
  },
  { lang: 'en', name: 'Password', join: 'Connect', refused: '“Salle des fêtes” refused the password.' },
]) {
  test(`an installer gives the booth its Wi-Fi, ${lang}: wrong password, hotspot again, right one, photos arrive`, async (t) => {
    const product = await startProduct(t);
    const login = await product.createCustomer('camille@example.com', 'Camille M.');
    const kiosk = await product.open(product.booth.url, { locale: lang });
    const customer = await product.open(product.portal.url);
    await pair(kiosk, customer, login, product.portal.url);

    // Carried to another venue, the bound booth takes photos without Wi-Fi too.
    await switchNetwork(product, 'none');
    await kioskScreen(kiosk, 'hotspot');
    await kiosk.locator('[data-screen="hotspot"] [data-action="skip"]').click();
    await takePhoto(kiosk);
    const [taken] = await boothPhotos(product);
    assert.ok(taken);
    await switchNetwork(product, 'none');
    const access = async () => [
      await setupAddress(kiosk),
      await textOf(kiosk.locator('#hotspot-ssid')),
      await textOf(kiosk.locator('#hotspot-password')),
    ];
    const [address = '', ...before] = await access();
    assert.match(before[0] ?? '', /^Photomaton-[0-9A-F]{4}$/);

    const phone = await product.open(`${address}/?lang=${lang}`, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
    });
    await assertAccessible(phone, `setup, ${lang}`, [PHONE]);
    await phone.getByText('Salle des fêtes').tap();
    const opened = phone.locator('details[open]');
    await opened.getByRole('textbox', { name }).fill('not the password');
    await opened.getByRole('button', { name: join }).tap();
    await phone.locator('[data-follow]').waitFor();

    await kiosk.locator('#hotspot-failure').waitFor();
    await phone.getByRole('alert').filter({ hasText: refused }).waitFor();
    assert.deepEqual(await access(), [address, ...before], 'the same hotspot');
    await assertAccessible(phone, `refused, ${lang}`, [PHONE]);

    await opened.getByRole('textbox', { name }).fill('lavande2026');
    await opened.getByRole('button', { name: join }).tap();
    await kioskScreen(kiosk, 'attract');
    await untilDownloadable(customer, product.portal.url, [taken.name]);
  });
}
