import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { CHROMIUM, logIn, startProduct } from './product.ts';
import { kioskScreen, pair, takePhoto } from './steps.ts';

const LOGO = fileURLToPath(new URL('../../../device/camera/player/coffee.jpg', import.meta.url));

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
  await customer.getByLabel('Image').setInputFiles(LOGO);
  await customer.getByRole('button', { name: 'Mettre ce logo' }).click();
  await customer.getByRole('img', { name: 'Logo de Anniversaire de Léa' }).waitFor();
  await kiosk.waitForFunction(
    () => (document.querySelector<HTMLImageElement>('#attract-logo')?.naturalWidth ?? 0) > 0,
  );

  await customer.goto(`${product.portal.url}/booths`);
  await customer.getByRole('link', { name: /^Réglages de/ }).click();
  await customer.getByLabel('Un fond uni').check();
  await customer.getByLabel('Image en miroir').uncheck();
  await customer.getByRole('button', { name: 'Enregistrer' }).click();
  await customer.getByText('C’est enregistré').waitFor();
  await kiosk.locator('body[data-idle="calm"]').waitFor();
  await kiosk.locator('.look:not(.is-mirrored)').waitFor({ state: 'attached' });
  await untilShown(customer, 'Vos réglages y sont arrivés');
});

/** The page says so when it is asked again. */
async function untilShown(page: Page, text: string): Promise<void> {
  for (let i = 0; i < 20 && (await page.getByText(text).count()) === 0; i++) {
    await page.reload({ waitUntil: 'load' });
  }
  await page.getByText(text).first().waitFor();
}

for (const [lang, words] of [
  [
    'fr',
    {
      new: 'Nouvel évènement',
      title: 'Titre',
      create: 'Créer l’évènement',
      settings: 'Réglages',
      save: 'Enregistrer',
      saved: 'C’est enregistré',
      bring: /^Amener ici/,
    },
  ],
  [
    'en',
    {
      new: 'New event',
      title: 'Title',
      create: 'Create the event',
      settings: 'Settings',
      save: 'Save',
      saved: 'Saved.',
      bring: /^Bring here/,
    },
  ],
] as const) {
  for (const [size, viewport] of [
    ['desktop', DESKTOP],
    ['phone', PHONE],
  ] as const) {
    test(`home, events and settings work without JavaScript, ${lang}, ${size}`, async (t) => {
      const stack = await startStack(t);
      const customer = await stack.account({ language: lang });
      const booth = await givenBooth(stack, customer.id, { title: 'Mariage de Camille & Noé' });
      await booth.add(2);
      await booth.report(3);
      const browser = await chromium.launch(CHROMIUM);
      t.after(() => browser.close());
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
      await page.goto(`${stack.url}/booths/${booth.booth}`);
      await page.locator('#countdownS').fill('5');
      await page.getByRole('button', { name: words.save }).click();
      await page.getByText(words.saved).waitFor();
      assert.equal(await page.locator('#countdownS').inputValue(), '5');
    });
  }
}

test('pages of events and settings: no serious violation, in both themes, on desk and phone', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account({ language: 'fr' });
  const booth = await givenBooth(stack, customer.id);
  const other = await givenBooth(stack, customer.id, { title: 'Mariage' });
  await other.add(1);
  const disk = { freeBytes: 1e8, reserveBytes: 5e8 };
  await booth.report(3, new Date(), { disk });
  const browser = await chromium.launch(CHROMIUM);
  t.after(() => browser.close());
  const page = await browser.newPage();
  const pages = ['/', '/events', '/events/new', `/events/${booth.event}/booths`];
  await page.goto(stack.url);
  await logIn(page, customer);
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
