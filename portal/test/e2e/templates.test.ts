import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { openTemplates } from './open-templates.ts';
import { startProduct, until } from './product.ts';
import { kioskScreen, pair } from './steps.ts';

const PICTURE = fileURLToPath(new URL('../../../device/camera/player/coffee.jpg', import.meta.url));

const WORDS = {
  fr: {
    ...{ start: 'Partir de Carte postale', left: 'Gauche', save: 'Enregistrer le brouillon' },
    ...{
      saved: 'Le brouillon est enregistré',
      wrong: 'Donnez un nombre entier',
      publish: /^Publier la version 1/,
    },
    ...{
      published: 'C’est publié',
      photo: /^Photo 1/,
      undo: 'Annuler',
      redo: 'Rétablir',
      drawn: /Tel que le photomaton/,
    },
    ...{ addText: 'Ajouter un texte', file: 'Ajouter une image', upload: 'Ajouter l’image' },
  },
  en: {
    ...{ start: 'Start from Postcard', left: 'Left', save: 'Save the draft' },
    ...{ saved: 'The draft is saved', wrong: 'Give a whole number', publish: /^Publish version 1/ },
    ...{
      published: 'Published.',
      photo: /^Photo 1/,
      undo: 'Undo',
      redo: 'Redo',
      drawn: /As the booth prints it/,
    },
    ...{ addText: 'Add a text', file: 'Add a picture', upload: 'Add the picture' },
  },
} as const;

const x = (page: Page) => page.locator('[name="slots.0.x"]');

for (const [lang, size, viewport] of [
  ['fr', 'desktop', DESKTOP],
  ['en', 'phone', PHONE],
] as const) {
  test(`a template is made without JavaScript, ${lang}, ${size}`, async (t) => {
    const words = WORDS[lang];
    const { page } = await openTemplates(t, lang, { viewport, javaScriptEnabled: false });
    await page.getByRole('button', { name: words.start }).click();
    const photo = page.locator('[data-element="slots.0"]');
    await photo.locator('summary').click();
    await x(page).fill('1.5');
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.wrong).waitFor();
    await photo.locator('[aria-invalid="true"]').waitFor();
    await x(page).fill('80');
    await page.getByLabel(words.file, { exact: true }).setInputFiles(PICTURE);
    await page.getByRole('button', { name: words.upload }).click();
    await page.getByRole('button', { name: words.addText }).click();
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.saved).waitFor();
    await page.waitForLoadState('load');
    assert.equal(await x(page).inputValue(), '80');
    assert.equal(await page.locator('[data-element^="texts"]').count(), 5);
    assert.equal(await page.locator('[data-element^="overlays"]').count(), 6);
    assert.ok(
      await page.locator('[data-preview]').evaluate((img) => (img as HTMLImageElement).naturalWidth > 0),
    );
    await page.getByRole('button', { name: words.publish }).click();
    await page.getByText(words.published).waitFor();
  });

  test(`on the canvas: keys alone, the mouse, undo, and the booth’s picture after each, ${lang}`, async (t) => {
    const words = WORDS[lang];
    const { page, problems } = await openTemplates(t, lang);
    await page.getByRole('button', { name: words.start }).click();
    const status = page.locator('[data-status]');
    await status.getByText(words.drawn).waitFor();
    const photo = page.locator('[data-handle="slots.0"]');

    await photo.focus();
    for (const key of ['ArrowRight', 'Shift+ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
    assert.deepEqual(
      [await x(page).inputValue(), await page.locator('[name="slots.0.y"]').inputValue()],
      ['71', '59'],
    );
    await page.keyboard.press(']');
    assert.equal(await page.locator('[name="slots.0.rotation"]').inputValue(), '1');
    assert.match((await photo.getAttribute('aria-label')) ?? '', words.photo);
    await page.keyboard.press('Tab');
    assert.equal(
      await page.evaluate(() => (document.activeElement as HTMLElement).dataset.handle),
      'slots.1',
    );
    for (const _ of ['turned', 'up', 'by ten', 'by one']) await page.keyboard.press('Control+z');
    assert.equal(await x(page).inputValue(), '60');
    await page.getByRole('button', { name: words.redo }).click();
    assert.equal(await x(page).inputValue(), '61');
    await page.getByRole('button', { name: words.undo }).click();

    // The middle of the photo, dragged: it keeps to the middle of the page when it comes near.
    const sheet = await page.locator('.editor__stage').boundingBox();
    assert.ok(sheet);
    const scale = sheet.width / 1800;
    const at = (left: number, top: number) => [sheet.x + left * scale, sheet.y + top * scale] as const;
    await page.mouse.move(...at(580, 600));
    await page.mouse.down();
    await page.mouse.move(...at(700, 640), { steps: 4 });
    await page.mouse.move(...at(903, 604), { steps: 4 });
    await page.mouse.up();
    assert.equal(await x(page).inputValue(), '380', 'in the middle');
    await status.getByText(words.drawn).waitFor();

    await page.getByRole('button', { name: words.addText }).click();
    await page.locator('[data-handle="texts.4"]').waitFor({ state: 'attached' });
    await page.keyboard.press('Control+z');
    await page.locator('[data-handle="texts.4"]').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.saved).waitFor();
    assert.equal(await x(page).inputValue(), '380');
    assert.deepEqual(problems, []);
  });
}

test('pages of templates: no serious violation, in both themes, on desk and phone', async (t) => {
  const { stack, page } = await openTemplates(t, 'fr');
  await assertAccessible(page, 'no template yet');
  await page.getByRole('button', { name: WORDS.fr.start }).click();
  await page.locator('[data-status]').getByText(WORDS.fr.drawn).waitFor();
  await page.locator('[data-element="texts.0"] summary').click();
  await assertAccessible(page, 'editor');
  await page.getByRole('button', { name: WORDS.fr.publish }).click();
  await page.getByText(WORDS.fr.published).waitFor();
  const path = new URL(page.url()).pathname;
  for (const one of ['/templates', `${path}/booths`, `${path}/versions`, `${path}/remove`]) {
    await page.goto(stack.url + one);
    await assertAccessible(page, one);
  }
});

test('a template of one’s own is chosen for an event, and guests find it on the booth', async (t) => {
  const product = await startProduct(t);
  const { url } = product.portal;
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(url);
  await pair(kiosk, customer, login, url);
  await customer.goto(`${url}/templates`);
  await customer.getByRole('button', { name: WORDS.fr.start }).click();
  await customer.getByLabel('Nom en français').fill('Souvenir de Léa');
  await customer.getByRole('button', { name: WORDS.fr.publish }).click();
  await customer.getByText(WORDS.fr.published).waitFor();
  const template = customer.url().replace(/\?.*/, '');

  await customer.goto(`${url}/booths`);
  await customer.locator('main a[href^="/events/"]').first().click();
  await customer.locator('.nav--tabs').getByRole('link', { name: 'Réglages' }).click();
  await customer.getByLabel('Souvenir de Léa').check();
  await customer.getByRole('button', { name: 'Enregistrer' }).click();
  await customer.getByText('C’est enregistré').waitFor();

  const offered = async () =>
    (await (await fetch(`${product.booth.url}/api/templates`)).text()).includes('Souvenir de Léa');
  await until('the booth offers it', offered);
  const untilSaid = (text: string) =>
    until(text, async () => {
      await customer.goto(`${template}/booths`);
      return (await customer.getByText(text).count()) > 0;
    });
  await untilSaid('La version 1 y est');

  await customer.goto(template);
  await customer.getByLabel('Nom en français').fill('Souvenir de Noé');
  await customer.getByRole('button', { name: /^Publier la version 2/ }).click();
  await customer.getByRole('button', { name: /^Essayer sur/ }).click();
  await untilSaid('La version 2 y est');
  await customer.getByRole('button', { name: 'Mettre sur tous les photomatons' }).click();
  await customer.getByText('La version 2 va à tous les photomatons').waitFor();
  await kioskScreen(kiosk, 'attract');
});
