import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minute, openGallery } from './open-gallery.ts';

test('new photos appear in an open gallery', async (t) => {
  const { stack, booth, open, keys, problems, url } = await openGallery(t);

  await t.test('in their place, with a tag, and are told to those who listen', async () => {
    const page = await open();
    await page.goto(url);
    const before = await keys(page);
    const newest = await booth.take('rocket', minute(100));
    await booth.sendPreview(newest);
    await page.locator(`[data-key="${newest.key}"] .photos__new`).waitFor({ timeout: 5_000 });
    const late = await booth.take('coffee', minute(2.5));
    await booth.sendPreview(late);
    await page.locator(`[data-key="${late.key}"]`).waitFor({ timeout: 5_000 });
    const expected = [...before, newest.key, late.key].sort().reverse();
    assert.deepEqual(await keys(page), expected);
    assert.equal(await page.locator('[data-announce]').textContent(), '1 new photo');
    await page.reload();
    assert.deepEqual(await keys(page), expected);
  });

  await t.test('with a badge on those that move, also when the film comes later', async () => {
    const page = await open();
    await page.goto(url);
    const photo = await booth.take('rocket', minute(110));
    await booth.sendPreview(photo);
    const card = page.locator(`[data-key="${photo.key}"]`);
    await card.waitFor({ timeout: 5_000 });
    assert.equal(await card.getByText('Film').isVisible(), false);
    await booth.sendClip(photo, 'webp', Buffer.from('a film'));
    await card.getByText('Film').waitFor({ timeout: 5_000 });
    assert.equal(await card.locator('.photos__new').count(), 1, 'it is as new as before');
  });

  await t.test('but do not move what is being looked at', async () => {
    const page = await open({ viewport: { width: 390, height: 500 } });
    await page.goto(url);
    await page.evaluate(() => scrollTo(0, 400));
    const before = await keys(page);
    const photo = await booth.take('rocket', minute(200));
    await booth.sendPreview(photo);
    await booth.sendClip(photo, 'webp', Buffer.from('a film'));
    await booth.sendPreview(await booth.take('rocket', minute(201)));
    const button = page.getByRole('link', { name: '2 new photos' });
    await button.waitFor({ timeout: 5_000 });
    assert.deepEqual(await keys(page), before);
    await button.click();
    await page.locator(`[data-key="${photo.key}"]:has(.photos__new)`).getByText('Film').waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    assert.equal(await button.isVisible(), false);
  });

  await t.test('and how things stand follows', async () => {
    const page = await open();
    await page.goto(url);
    await booth.report(12);
    await page.getByText('12 still on the booth').waitFor({ timeout: 5_000 });
    await booth.report(11, new Date(), { upload: { bytesLeft: 290e6, bytesPerSecond: 1.2e6 } });
    await page.getByText('11 still on the booth, about 4 minutes').waitFor({ timeout: 5_000 });
  });

  await t.test('on the list of booths too, and the focus stays where it was', async () => {
    const page = await open();
    await page.clock.install();
    await page.goto(`${stack.url}/booths`);
    const link = page.getByRole('link', { name: 'See the photos of' });
    await link.focus();
    await booth.report(10, new Date(), { upload: { bytesLeft: 700e6, bytesPerSecond: 1.2e6 } });
    await page.clock.fastForward(11_000);
    await page.getByText('about 10 minutes left').waitFor({ timeout: 5_000 });
    assert.ok(await link.evaluate((it) => it === document.activeElement));
  });

  await t.test('also when no socket can be had', async () => {
    const page = await open();
    await page.routeWebSocket(/\/io\//, (socket) => socket.close());
    await page.goto(url);
    const photo = await booth.take('rocket', minute(300));
    await booth.sendPreview(photo);
    await page.locator(`[data-key="${photo.key}"]`).waitFor({ timeout: 8_000 });
  });

  await t.test('and nothing of it breaks a rule of the page', () => assert.deepEqual(problems, []));
});

test('a phone shows three photos side by side, however many there are below', async (t) => {
  const { open, url } = await openGallery(t, { photos: 36 });
  const page = await open();
  for (const width of [360, 390]) {
    await page.setViewportSize({ width, height: 640 });
    await page.goto(url);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    const sides = await page
      .locator('.photos__item')
      .evaluateAll((items) => items.flatMap((item) => [item.clientWidth, item.clientHeight]));
    assert.deepEqual([Math.min(...sides), Math.max(...sides)], [sides[0], sides[0]], 'all are one square');
  }
});

test('a photo has its room before any of it has arrived', async (t) => {
  const { open, booth, keys, url } = await openGallery(t, { photos: 2 });
  const page = await open();
  await page.goto(url);
  const [key] = await keys(page);
  let arrive: (() => void) | undefined;
  await page.route(/\/screen$/, async (route) => {
    await new Promise<void>((resolve) => {
      arrive = resolve;
    });
    await route.continue();
  });
  for (const path of [booth.sharePath(1), `${booth.sharePath(1)}/delete`, `${url}/photos/${key}`]) {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(new URL(path, url).href, { waitUntil: 'domcontentloaded' });
      const picture = page.locator('main img');
      const size = () => picture.evaluate((img) => [img.clientWidth, img.clientHeight]);
      const isThere = () => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0);
      const before = await size();
      assert.equal(await isThere(), false);
      arrive?.();
      await page.waitForLoadState();
      assert.ok(await isThere());
      assert.deepEqual(await size(), before, `${path}, ${width} px`);
    }
  }
});

test('the first photo of all appears where the page said what to do next', async (t) => {
  const { booth, open, keys, problems, url } = await openGallery(t, { photos: 0 });
  const page = await open();
  await page.goto(url);
  await page.locator('[data-empty]').waitFor();
  const first = await booth.take('rocket', minute(0));
  await booth.sendPreview(first);
  await page.locator(`[data-key="${first.key}"]`).waitFor({ timeout: 5_000 });
  assert.deepEqual(await keys(page), [first.key]);
  await page.locator('[data-empty]').waitFor({ state: 'detached' });
  assert.deepEqual(problems, []);
});

test('a guest waits for a photo', async (t) => {
  const { stack, booth, open, problems } = await openGallery(t);
  const photo = await booth.take('astronaut');
  const link = stack.url + booth.sharePath(photo.n);
  const page = await open({ isGuest: true, viewport: { width: 390, height: 844 }, locale: 'fr-FR' });
  await page.goto(link);
  await page.getByRole('heading', { name: 'encore dans le photomaton' }).waitFor();
  await booth.sendPreview(photo);
  const picture = page.getByRole('img');
  await picture.waitFor({ timeout: 10_000 });
  await page.waitForFunction(() => document.querySelector('img')?.naturalWidth === 512);
  await booth.sendOriginal(photo);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Enregistrer la photo' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), photo.name);

  const withoutScript = await open({ isGuest: true, javaScriptEnabled: false, locale: 'fr-FR' });
  const next = await booth.take('coffee');
  await withoutScript.goto(stack.url + booth.sharePath(next.n));
  assert.equal(await withoutScript.locator('meta[http-equiv="refresh"]').count(), 1);
  assert.deepEqual(problems, []);
});
