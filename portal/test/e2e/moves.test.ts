import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenBooth } from '../booth-with-photos.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { openGallery } from './open-gallery.ts';
import { until } from './product.ts';

const WORDS = {
  fr: {
    ...{ move: 'Déplacer vers…', which: 'Vers quel évènement', go: 'Déplacer 2 photos', undo: 'Annuler' },
    ...{ moved: '2 photos déplacées vers « Léa a 30 ans »', back: '2 photos arrivées ici' },
    ...{ one: 'Déplacer la photo', open: 'Ouvrir « Léa a 30 ans »', onBooth: 'encore dans le photomaton' },
  },
  en: {
    ...{ move: 'Move to…', which: 'To which event?', go: 'Move 2 photos', undo: 'Undo' },
    ...{ moved: '2 photos moved to “Léa a 30 ans”', back: '2 photos came here' },
    ...{ one: 'Move the photo', open: 'Open “Léa a 30 ans”', onBooth: 'still on the booth' },
  },
};

for (const [lang, viewport, isScripted] of [
  ['fr', DESKTOP, true],
  ['en', PHONE, true],
  ['en', DESKTOP, false],
] as const) {
  const words = WORDS[lang];
  const how = `${lang}, ${viewport.width} px${isScripted ? '' : ', without script'}`;
  test(`a customer moves photos to another event, and takes it back, ${how}`, async (t) => {
    const { stack, customer, booth, open, keys, problems, url } = await openGallery(t, {
      ...{ language: lang, photos: 9 },
    });
    const { event } = await givenBooth(stack, customer.id, { title: 'Léa a 30 ans' });
    const device = { viewport, locale: lang, reducedMotion: 'reduce' as const };
    const page = await open({ ...device, javaScriptEnabled: isScripted });
    const there = await open(device);
    await there.goto(`${stack.url}/events/${event}`);
    await page.goto(url);
    const all = await keys(page);
    const count = (n: number, on = page) => until(`${n} photos`, async () => (await keys(on)).length === n);
    const axe = (what: string) => (isScripted ? assertAccessible(page, what, [viewport]) : undefined);

    await t.test('chooses two, and where they go', async () => {
      if (isScripted) await page.locator('.has-script').waitFor();
      for (const n of [1, 3]) await page.locator('[data-photos] label').nth(n).click();
      await page.locator('[data-chosen]').getByRole('button', { name: words.move }).click();
      const select = page.getByLabel(words.which);
      await select.waitFor();
      await axe('the question');
      await select.selectOption(event);
      await page.getByRole('button', { name: words.go }).click();
      await page.getByText(words.moved).waitFor();
      await axe('the answer');
      assert.deepEqual(
        await keys(page),
        all.filter((_, n) => n !== 1 && n !== 3),
      );
      await count(2, there); // by itself
      await page.getByRole('link', { name: words.open }).click();
      assert.deepEqual(await keys(page), [all[1], all[3]]);
      await page.goBack();
    });

    await t.test('takes it back', async () => {
      await page.getByRole('button', { name: words.undo }).click();
      await page.getByText(words.back).waitFor();
      assert.deepEqual(await keys(page), all);
      await count(0, there);
    });

    await t.test('moves one that is shown large', async () => {
      await page.locator('[data-photos] a').nth(0).click();
      if (isScripted) await page.locator('.pswp').getByRole('button', { name: words.move }).click();
      else await page.getByRole('link', { name: words.move }).click();
      await page.getByLabel(words.which).selectOption(event);
      await page.getByRole('button', { name: words.one }).click();
      await count(8);
      assert.deepEqual(await keys(page), all.slice(1));
    });

    await t.test('and is told of one that has to stay', async () => {
      const photo = await booth.take('rocket');
      await booth.sendPreview(photo);
      await page.goto(`${url}/move?photo=${photo.key}`);
      await page.getByLabel(words.which).selectOption(event);
      assert.deepEqual(problems, []);
      await page.getByRole('button', { name: words.one }).click();
      await page.getByRole('alert').getByText(words.onBooth).waitFor();
      // To the browser an answer of 409 is one.
      for (const problem of problems) assert.match(problem, /409/);
      await axe('the refusal');
    });
  });
}
