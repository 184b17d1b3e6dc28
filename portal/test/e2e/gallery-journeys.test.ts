import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { fromBufferPromise } from 'yauzl';
import { assertAccessible } from './accessible.ts';
import { openGallery } from './open-gallery.ts';
import { until } from './product.ts';

const WORDS = {
  en: {
    delete: 'Delete',
    undo: 'Undo',
    favourite: 'Favourite',
    chosen: '2 photos chosen',
    hidden: 'Hidden',
    show: 'Show again',
    deleted: '2 photos deleted',
  },
  fr: {
    delete: 'Supprimer',
    undo: 'Annuler',
    favourite: 'Favorite',
    chosen: '2 photos choisies',
    hidden: 'Masquées',
    show: 'Montrer à nouveau',
    deleted: '2 photos supprimées',
  },
};
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const box = (page: Page, n: number) => page.locator('[data-photos] label').nth(n);

for (const [lang, device] of [
  ['fr', DESKTOP],
  ['en', PHONE],
] as const) {
  const words = WORDS[lang];
  test(`a customer sorts photos, ${lang}, ${device.viewport.width} px`, async (t) => {
    const { open, keys, problems, url } = await openGallery(t, { language: lang, photos: 9 });
    // Keys are heard when the lightbox is open; without motion that is at once.
    const page = await open({ ...device, locale: lang, reducedMotion: 'reduce' });
    await page.goto(url);
    const all = await keys(page);
    const count = (n: number) => until(`${n} photos`, async () => (await keys(page)).length === n);

    await t.test('chooses two, deletes them, and takes it back', async () => {
      await page.locator('.has-script').waitFor();
      await box(page, 1).click();
      await page.locator('[data-photos] a').nth(3).click(); // a photo itself, once some are chosen
      await page.getByText(words.chosen).waitFor();
      await page.locator('[data-chosen]').getByRole('button', { name: words.delete }).click();
      await page.getByText(words.deleted).waitFor();
      await count(7);
      await page.locator('[data-toast]').getByRole('button', { name: words.undo }).click();
      await count(9);
      assert.deepEqual(await keys(page), all);
      await page.reload();
      assert.deepEqual(await keys(page), all);
    });

    await t.test('swipes and sorts in the lightbox', async () => {
      await page.locator('[data-photos] a').nth(0).click();
      await page.locator('.pswp--open').waitFor();
      await page.keyboard.press('ArrowRight');
      await page.getByText('2 / 9').waitFor();
      await page.locator('.pswp').getByRole('button', { name: words.favourite, exact: true }).click();
      await page.locator('.pswp__button--favourite.is-on').waitFor();
      await page.keyboard.press('ArrowRight');
      await page.getByText('3 / 9').waitFor();
      await page.locator('.pswp__button--hide').click();
      await page.getByText('3 / 8').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('.pswp').waitFor({ state: 'detached' });
      await count(8);
      await page.locator(`[data-key="${all[1]}"][data-favourite]`).waitFor();
      await page.goto(`${url}?show=favourites`);
      assert.deepEqual(await keys(page), [all[1]]);
    });

    await t.test('finds what was hidden, and shows it again', async () => {
      await page.goto(url);
      await page.getByRole('link', { name: words.hidden }).click();
      await count(1);
      await box(page, 0).click();
      await page.locator('[data-chosen]').getByRole('button', { name: words.show }).click();
      await count(0);
      await page.goto(url);
      assert.deepEqual(await keys(page), all);
    });

    await t.test('downloads what was chosen', async () => {
      for (const n of [0, 2]) await box(page, n).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('[data-chosen] [data-download]').click(),
      ]);
      const chunks: Buffer[] = [];
      for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
      const zip = await fromBufferPromise(Buffer.concat(chunks), { lazyEntries: true });
      assert.equal(zip.entryCount, 2);
    });

    await t.test('and nothing of it breaks a rule of the page', () => assert.deepEqual(problems, []));
  });
}

test('by keyboard alone: from photo to photo, chosen, large', async (t) => {
  const { open, keys, problems, url } = await openGallery(t, { photos: 9 });
  const page = await open({ reducedMotion: 'reduce' });
  await page.goto(url);
  const all = await keys(page);
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-key]')?.dataset.key);
  await page.locator('.has-script').waitFor();
  await page.locator('[data-photos] a').first().focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await focused(), all[1]);
  await page.keyboard.press('x');
  await page.getByText('1 photo chosen').waitFor();
  await page.keyboard.press('x');
  await page.keyboard.press('ArrowDown');
  assert.ok(all.indexOf(await focused()) > 2, 'the row below');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), all[1]);
  await page.keyboard.press('Enter');
  await page.getByText('2 / 9').waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  await page.locator('.pswp').waitFor({ state: 'detached' });
  assert.equal(await focused(), all[2], 'where one was in the lightbox');
  assert.deepEqual(problems, []);
});

test('without a script: choosing, deleting and undo, downloading, pages', async (t) => {
  const { open, keys, url } = await openGallery(t, { photos: 65 });
  const page = await open({ javaScriptEnabled: false });
  const shown = () => page.locator('[data-photos] > li').count();
  await page.goto(url);
  assert.equal(await shown(), 60);
  await page.getByRole('link', { name: 'Older photos' }).click();
  await until('the page of the oldest', async () => (await shown()) === 5);
  for (const n of [0, 1]) await page.locator('input[name="photo"]').nth(n).check();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('[data-chosen]').getByRole('button', { name: 'Download' }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.zip$/);
  await page.locator('[data-chosen]').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('2 photos deleted').waitFor();
  await page.getByRole('link', { name: 'Older photos' }).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  const scripted = await open();
  await scripted.goto(url);
  // One page under the other, as the reader comes down.
  await until('all photos', async () => {
    await scripted.keyboard.press('End');
    return (await keys(scripted)).length === 65;
  });
});

test('a big screen shows what there is, and what arrives', async (t) => {
  const { booth, open, problems, url, keys } = await openGallery(t, { photos: 6 });
  const wall = await open();
  await wall.goto(`${url}/wall`);
  const slideshow = await open();
  await slideshow.goto(`${url}/slideshow`);
  await slideshow.locator('[data-current]').waitFor();
  const photo = await booth.take('rocket', new Date(Date.UTC(2026, 6, 14, 20)));
  await booth.sendPreview(photo);
  await wall.locator(`[data-key="${photo.key}"]`).waitFor();
  await slideshow.locator(`[data-key="${photo.key}"][data-current]`).waitFor();
  const gallery = await open();
  await gallery.goto(url);
  await gallery.locator(`[data-key="${photo.key}"] a`).focus();
  await gallery.keyboard.press('Delete');
  await wall.locator(`[data-key="${photo.key}"]`).waitFor({ state: 'detached' });
  await slideshow.locator(`[data-key="${photo.key}"]`).waitFor({ state: 'detached' });
  assert.equal((await keys(wall)).length, 6);
  await slideshow.keyboard.press('ArrowRight');
  assert.equal(await slideshow.locator('[data-current]').count(), 1);
  await slideshow.getByRole('button', { name: 'Pause' }).click();
  await slideshow.getByRole('button', { name: 'Go on' }).waitFor();
  assert.deepEqual(problems, []);
});

test('no serious violation in a gallery, whatever is open on it', async (t) => {
  const { open, url, booth } = await openGallery(t, { photos: 9 });
  await booth.report(3);
  const page = await open();
  for (const path of ['', '?show=hidden', '?show=deleted', '/filter', '/download', '/wall', '/slideshow']) {
    await page.goto(url + path);
    await assertAccessible(page, `gallery ${path}`);
  }
  await page.goto(url);
  await page.locator('.has-script').waitFor();
  await box(page, 1).click();
  await assertAccessible(page, 'chosen', [DESKTOP.viewport]);
  // On a phone the row of deeds stands over photos that scroll below it: at the end it stands below them all.
  await page.setViewportSize(PHONE.viewport);
  await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
  await assertAccessible(page, 'chosen', [PHONE.viewport]);
  await page.locator('[data-nothing]').click();
  await page.locator('[data-photos] a').first().click();
  await page.locator('.pswp--open img').first().waitFor();
  await assertAccessible(page, 'lightbox');
});
