import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { Page } from 'playwright-core';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { logIn, startProduct, until } from './product.ts';
import { kioskScreen, pair, switchNetwork, takePhoto, textOf } from './steps.ts';

const PIN = '271828';
const photograph = (name: string) =>
  fileURLToPath(new URL(`../../../device/camera/player/${name}.jpg`, import.meta.url));
const LOGO = photograph('coffee');
const BEACH = photograph('rocket');

test('a customer makes an event for her booth, and its guests find it there', async (t) => {
  const product = await startProduct(t);
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await kioskScreen(kiosk, 'code');
  await pair(kiosk, customer, login, product.portal.url);
  await kioskScreen(kiosk, 'attract');
  await takePhoto(kiosk);

  await customer.goto(product.portal.url);
  await customer.getByRole('link', { name: 'Nouvel évènement' }).click();
  await customer.getByLabel('Titre').fill('Anniversaire de Léa');
  await customer.getByLabel('Premier jour').fill('2027-07-14');
  await customer.getByRole('checkbox', { name: /^Photomaton/ }).check();
  await customer.getByLabel('Planche').uncheck();
  await customer.getByLabel('Boomerang').first().uncheck();
  await customer.getByRole('button', { name: 'Créer l’évènement' }).click();
  await customer.getByRole('heading', { name: 'Anniversaire de Léa' }).waitFor();

  await kiosk.getByRole('heading', { name: 'Anniversaire de Léa' }).waitFor();
  await kioskScreen(kiosk, 'attract');
  await untilShown(customer, 'Vos réglages y sont arrivés');
  await takePhoto(kiosk);
  await customer.getByRole('link', { name: 'Photos', exact: true }).click();
  await customer.locator('[data-photos] a').first().waitFor();
  assert.equal(
    await customer.locator('[data-photos] a').count(),
    1,
    'the photo before is in the event before',
  );

  await customer.locator('.nav--tabs').getByRole('link', { name: 'Réglages' }).click();
  await customer.getByLabel('Image', { exact: true }).setInputFiles(LOGO);
  await customer.getByRole('button', { name: 'Mettre ce logo' }).click();
  await customer.getByRole('img', { name: 'Logo de Anniversaire de Léa' }).waitFor();
  await kiosk.waitForFunction(
    () => (document.querySelector<HTMLImageElement>('#attract-logo')?.naturalWidth ?? 0) > 0,
  );

  const cloth = await standBeforeCloth(kiosk);
  await takePhoto(kiosk);
  assert.ok(distance(await cornerOfNewest(kiosk), cloth) < 30, 'the cloth');
  const hung = kiosk.waitForResponse(/\/api\/backdrop\?/);
  await customer.getByLabel('L’image qui remplace le vert').setInputFiles(BEACH);
  await customer.getByRole('button', { name: 'Mettre cette image' }).click();
  await customer.getByRole('img', { name: 'Image à la place du vert, Anniversaire de Léa' }).waitFor();
  assert.equal((await hung).status(), 200, 'the live view has it');
  await takePhoto(kiosk);
  const beach = await cornerOf(kiosk, await (await hung).body());
  assert.ok(distance(await cornerOfNewest(kiosk), beach) < 30, 'the beach');
  await customer.getByRole('button', { name: 'Enlever l’image' }).click();
  await customer.getByRole('button', { name: 'Enlever l’image' }).waitFor({ state: 'detached' });

  await customer.goto(`${product.portal.url}/booths`);
  await customer.getByRole('link', { name: /^Réglages de/ }).click();
  await customer.getByLabel('Un fond uni').check();
  await customer.getByLabel('Image en miroir').uncheck();
  await customer.getByRole('button', { name: 'Enregistrer' }).click();
  await customer.getByText('C’est enregistré').waitFor();
  await kiosk.locator('body[data-idle="calm"]').waitFor();
  await kiosk.locator('.look:not(.is-mirrored)').waitFor({ state: 'attached' });
  await untilShown(customer, 'Vos réglages y sont arrivés');

  // She lets the event of before be chosen on the booth; there, without a network, somebody does.
  await customer.getByLabel('Code du menu d’entretien').fill(PIN);
  const before = customer.getByRole('checkbox', { name: /^Photomaton/ });
  const everyday = (await before.getAttribute('value')) ?? '';
  await before.check();
  await customer.getByRole('button', { name: 'Enregistrer' }).click();
  await untilShown(customer, 'Vos réglages y sont arrivés');
  await switchNetwork(product, 'offline');
  const name = await chooseOtherEvent(kiosk);
  await kiosk.getByRole('heading', { name }).waitFor();
  await kiosk.locator('#attract-logo').waitFor({ state: 'hidden' });
  await takePhoto(kiosk);
  const at = customer.locator('aside a[href^="/events/"]');
  await customer.reload();
  assert.equal(await textOf(at), 'Anniversaire de Léa', 'the portal knows nothing of it yet');
  await switchNetwork(product, 'online');
  await until('the photo in the gallery of the event that was chosen', async () => {
    await customer.goto(`${product.portal.url}/events/${everyday}`);
    return (await customer.locator('[data-photos] a').count()) === 2;
  });
  await until('the booth to be there', async () => {
    await customer.goto(`${product.portal.url}/booths`);
    await customer.getByRole('link', { name: /^Réglages de/ }).click();
    return (await textOf(at)) === name;
  });
  await untilShown(customer, 'Vos réglages y sont arrivés');
});

/** By the hidden menu, as whoever looks after the booth does; its title. */
async function chooseOtherEvent(kiosk: Page): Promise<string> {
  await kiosk.mouse.move(20, 20);
  await kiosk.mouse.down();
  await kioskScreen(kiosk, 'pin');
  await kiosk.mouse.up();
  await kiosk.keyboard.type(PIN);
  await kiosk.locator('[data-action="menu-events"]').click();
  const other = kiosk.locator('[data-action="menu-event"][aria-pressed="false"]');
  const title = await textOf(other);
  await other.click();
  await kiosk.locator('[data-action="menu-do"]').click();
  await kiosk.locator('[data-screen="menu"] [data-action="menu-close"]').click();
  return title;
}

/** From now on the booth's camera sees a guest before a green cloth, whose colour this gives. */
async function standBeforeCloth(kiosk: Page): Promise<number[]> {
  const view = await kiosk.evaluate(async () => {
    const guest = new Image();
    guest.src = '/pictures/astronaut.jpg';
    await guest.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: 1200, height: 800 });
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    pen.fillStyle = '#3ca54b';
    pen.fillRect(0, 0, 1200, 800);
    pen.drawImage(guest, 400, 200, 400, 600);
    return canvas.toDataURL('image/jpeg', 0.95);
  });
  const body = Buffer.from(view.slice(view.indexOf(',') + 1), 'base64');
  await kiosk.route('**/pictures/*.jpg', (route) => route.fulfill({ contentType: 'image/jpeg', body }));
  await kiosk.reload();
  return await cornerOf(kiosk, body);
}

/** The mean colour of a piece of the picture near its upper left corner. */
function cornerOf(page: Page, jpeg: Buffer): Promise<number[]> {
  return page.evaluate(async (base64) => {
    // Not by an address: the kiosk shows nothing that does not come from its booth.
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const pen = new OffscreenCanvas(1, 1).getContext('2d');
    pen?.drawImage(picture, width / 10, height / 5, width / 20, height / 20, 0, 0, 1, 1);
    return [...(pen?.getImageData(0, 0, 1, 1).data.slice(0, 3) ?? [])];
  }, jpeg.toString('base64'));
}

async function cornerOfNewest(kiosk: Page): Promise<number[]> {
  const { origin } = new URL(kiosk.url());
  const { photos } = (await (await fetch(`${origin}/api/photos`)).json()) as { photos: { id: string }[] };
  const original = await fetch(`${origin}/api/photos/${encodeURIComponent(photos[0]?.id ?? '')}/original`);
  return await cornerOf(kiosk, Buffer.from(await original.arrayBuffer()));
}

/** Between two colours, in their furthest channel. */
const distance = (one: number[], other: number[]) =>
  Math.max(...one.map((value, i) => Math.abs(value - (other[i] ?? 0))));

/** The page says so when it is asked again. */
async function untilShown(page: Page, text: string): Promise<void> {
  for (let i = 0; i < 20 && (await page.getByText(text).count()) === 0; i++) {
    await page.reload({ waitUntil: 'load' });
  }
  await page.getByText(text).first().waitFor();
}

for (const [lang, size, viewport, words] of [
  [
    'fr',
    'desktop',
    DESKTOP,
    {
      new: 'Nouvel évènement',
      title: 'Titre',
      create: 'Créer l’évènement',
      settings: 'Réglages',
      save: 'Enregistrer',
      saved: 'C’est enregistré',
      bring: /^Amener ici/,
      replaces: 'L’image qui remplace le vert',
      put: 'Mettre cette image',
      hung: /^Image à la place du vert/,
      takeAway: 'Enlever l’image',
    },
  ],
  [
    'en',
    'phone',
    PHONE,
    {
      new: 'New event',
      title: 'Title',
      create: 'Create the event',
      settings: 'Settings',
      save: 'Save',
      saved: 'Saved.',
      bring: /^Bring here/,
      replaces: 'The picture that replaces the green',
      put: 'Use this picture',
      hung: /^Picture in place of the green/,
      takeAway: 'Take the picture away',
    },
  ],
] as const) {
  test(`home, events and settings work without JavaScript, ${lang}, ${size}`, async (t) => {
    const stack = await startStack(t);
    const customer = await stack.account({ language: lang });
    const booth = await givenBooth(stack, customer.id, { title: 'Mariage de Camille & Noé' });
    await booth.add(2);
    await booth.report(3);
    const browser = await openChromium(t);
    const page = await browser.newPage({ viewport, javaScriptEnabled: false, locale: lang });
    page.setDefaultTimeout(20_000);
    await page.goto(stack.url);
    await logIn(page, customer);
    await page.getByRole('link', { name: 'Mariage de Camille & Noé' }).waitFor();
    await page.getByRole('link', { name: words.new }).click();
    await page.getByLabel(words.title, { exact: true }).fill('Léa');
    await page.locator('[name="to"]').fill('2027-07-14');
    await page.getByRole('button', { name: words.create }).click();
    await page.locator('[aria-invalid="true"]').first().waitFor();
    await page.locator('[name="from"]').fill('2027-07-13');
    await page.getByRole('button', { name: words.create }).click();
    await page.getByRole('button', { name: words.bring }).click();
    await page.getByRole('heading', { name: booth.name }).waitFor();
    await page.locator('.nav--tabs').getByRole('link', { name: words.settings }).click();
    await page.getByLabel(words.title, { exact: true }).fill('Léa a 30 ans');
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.saved).waitFor();
    await page.getByLabel(words.replaces).setInputFiles(BEACH);
    await page.getByRole('button', { name: words.put }).click();
    await page.getByRole('img', { name: words.hung }).waitFor();
    await page.getByRole('button', { name: words.takeAway }).click();
    await page.getByRole('img', { name: words.hung }).waitFor({ state: 'detached' });
    await page.goto(`${stack.url}/booths/${booth.booth}`);
    await page.locator('#countdownS').fill('5');
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.saved).waitFor();
    assert.equal(await page.locator('#countdownS').inputValue(), '5');
  });
}

test('pages of events and settings: no serious violation, in both themes, on desk and phone', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account({ language: 'fr' });
  const booth = await givenBooth(stack, customer.id);
  const other = await givenBooth(stack, customer.id, { title: 'Mariage' });
  await other.add(1);
  const disk = { freeBytes: 1e8, reserveBytes: 5e8 };
  await booth.report(3, new Date(), { disk });
  const browser = await openChromium(t);
  const page = await browser.newPage();
  const pages = ['/', '/events', '/events/new', `/events/${booth.event}/booths`];
  await page.goto(stack.url);
  await logIn(page, customer);
  await page.goto(`${stack.url}/events/${booth.event}/settings`);
  await page.locator('#backdrop-file').setInputFiles(BEACH);
  await page.locator('#backdrop .button').click();
  await page.locator('#backdrop img').waitFor();
  for (const path of [...pages, `/events/${booth.event}/settings`, `/booths/${booth.booth}`, '/booths']) {
    await page.goto(`${stack.url}${path}`);
    await assertAccessible(page, path);
  }
  await page.goto(`${stack.url}/booths/${booth.booth}`);
  await page.locator('#pin').fill('12');
  await page.locator('[name="sendFrom"]').fill('22:00');
  await page.locator('main .button--primary').click();
  await page.locator('#pin-problem').waitFor();
  await assertAccessible(page, 'settings that are not right');
});
