import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import type { KioskState } from '../kiosk/state.ts';
import { openKioskPage, screenOf } from './kiosk-page.ts';
import { startShownKiosk } from './shown-kiosk.ts';
import { createVisits } from './shown-visits.ts';

/** Whole visits in the real page, in Chromium, with the player's photographs; the test moves the page's clock. */
async function openVisit(
  t: TestContext,
  { state = {}, ...options }: BrowserContextOptions & { init?: string; state?: Partial<KioskState> } = {},
) {
  const visits = createVisits();
  const kiosk = await startShownKiosk(t, { photos: visits.router });
  const { sync: _, ...rest } = state;
  kiosk.show(rest);
  const page = await openKioskPage(t, kiosk.url, options);
  await screenOf(page, 'attract').waitFor();
  return { page, visits, show: kiosk.show };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const shows = (page: Page, name: string) => screenOf(page, name).waitFor();

/** Counts down from three and takes the shot. */
async function countDown(page: Page): Promise<void> {
  await shows(page, 'countdown');
  for (const number of ['3', '2', '1']) {
    await page.locator('#countdown-number', { hasText: number }).waitFor();
    await page.clock.runFor(1_000);
  }
  // A camera may look at the moments after zero as well.
  await page.clock.runFor(400);
}

test('one picture: chosen, counted, seen raw, then finished, kept, with its code; then the next guest', {
  timeout: 60_000,
}, async (t) => {
  const { page, visits } = await openVisit(t);
  const release = visits.hold();
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  await button(page, 'Plein cadre 1 photo').tap();
  await countDown(page);
  await shows(page, 'review');
  // The raw shot, at once: the daemon has not given anything yet.
  await page.locator('#review-shots img').waitFor();
  assert.equal(await page.locator('#review-finished').isVisible(), false);
  release();
  const finished = page.locator('#review-finished');
  await finished.waitFor();
  assert.equal(await page.locator('#review-shots').isVisible(), false, 'it has taken its place');
  assert.equal(await finished.evaluate((image: HTMLImageElement) => image.naturalWidth), 1800);
  const seen = await finished.getAttribute('src');
  await button(page, 'Garder').tap();
  await page.locator('#shot-qr').waitFor();
  await page.locator('#shot-paper.is-finished').waitFor();
  assert.equal(await page.locator('#shot-picture').getAttribute('src'), seen);
  assert.deepEqual(visits.requests, ['shots/0', 'finish']);
  assert.deepEqual(visits.finished, [{ template: 'full-bleed', filter: 'none', language: 'fr' }]);
  await button(page, 'Terminé').tap();
  await shows(page, 'attract');
});

test('a strip of three in black and white, one retaken: the picture is made of the shots that were kept', {
  timeout: 120_000,
}, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await button(page, 'Noir et blanc').tap();
  assert.equal(await button(page, 'Noir et blanc').getAttribute('aria-pressed'), 'true');
  await button(page, 'Bande classique 3 photos').tap();
  for (const [shot, left] of [
    [1, 'Encore 2'],
    [2, 'Encore une'],
  ] as const) {
    await page.getByText(`Photo ${shot} sur 3`).waitFor();
    await countDown(page);
    await page.getByText(left).waitFor();
    await page.clock.runFor(2_000);
  }
  await countDown(page);
  await shows(page, 'review');
  const [visit] = visits.visits.values();
  const before = () => [0, 1, 2].map((shot) => visit?.get(shot)?.toString('base64') ?? '');
  await page.waitForFunction(() => document.querySelectorAll('#review-shots img').length === 3);
  const first = before();
  const finished = page.locator('#review-finished');
  await finished.waitFor();
  const was = await finished.getAttribute('src');
  await button(page, 'Refaire la photo 2').tap();
  await countDown(page);
  await shows(page, 'review');
  await page.waitForFunction((was) => {
    const picture = document.querySelector<HTMLImageElement>('#review-finished');
    return picture?.checkVisibility() && picture.getAttribute('src') !== was;
  }, was);
  await button(page, 'Garder').tap();
  await page.locator('#shot-qr').waitFor();
  const then = before();
  assert.equal(then[0], first[0]);
  assert.notEqual(then[1], first[1]);
  assert.equal(then[2], first[2]);
  assert.deepEqual(visits.requests, ['shots/0', 'shots/1', 'shots/2', 'shots/1', 'finish']);
  assert.deepEqual(visits.finished, [
    { template: 'classic-strip', filter: 'black-and-white', language: 'fr' },
  ]);
  const { width, height } = await page.locator('#shot-picture').evaluate((image: HTMLImageElement) => {
    return { width: image.naturalWidth, height: image.naturalHeight };
  });
  assert.deepEqual({ width, height }, { width: 600, height: 1800 });
});

test('another look of the event is seen on the cards', { timeout: 60_000 }, async (t) => {
  const { page, visits, show } = await openVisit(t);
  const card = page.locator('.card__picture').first();
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  const before = await card.getAttribute('src');
  await page.keyboard.press('Escape');
  visits.redraw();
  const asked = page.waitForResponse('**/api/templates');
  show({ title: 'Léa & Noé', offer: 'second' });
  await (await asked).finished();
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  assert.notEqual(await card.getAttribute('src'), before);
  await page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>('.card__picture')].every((card) => card.naturalWidth > 0),
  );
});

test('one button alone: begins, waits for the layout it wants, keeps, ends', {
  timeout: 60_000,
}, async (t) => {
  const { page, visits } = await openVisit(t);
  await page.keyboard.press('Space');
  await shows(page, 'choose');
  const marked = page.locator('.card.is-marked');
  assert.match((await marked.textContent()) ?? '', /Plein cadre/);
  // The mark moves on by itself, and comes round.
  for (const next of ['Bande classique', 'Boomerang', 'Plein cadre']) {
    await page.clock.runFor(3_000);
    await page.locator('.card.is-marked', { hasText: next }).waitFor();
  }
  await page.keyboard.press('Space');
  await countDown(page);
  await shows(page, 'review');
  await page.keyboard.press('Space');
  await page.locator('#shot-qr').waitFor();
  await page.keyboard.press('Space');
  await shows(page, 'attract');
  assert.equal(visits.finished[0]?.template, 'full-bleed');
});

test('by keyboard: Tab and Enter reach everything, Escape goes back', { timeout: 120_000 }, async (t) => {
  const { page, visits } = await openVisit(t);
  const focused = () => page.evaluate(() => document.querySelector('button:focus')?.textContent?.trim());
  const tabTo = async (text: RegExp) => {
    for (let i = 0; !text.test((await focused()) ?? ''); i += 1) {
      assert.ok(i < 12, `${text} is not reached`);
      await page.keyboard.press('Tab');
    }
  };
  await tabTo(/Prendre une photo/);
  await page.keyboard.press('Enter');
  await shows(page, 'choose');
  await page.keyboard.press('Escape');
  await shows(page, 'attract');
  await tabTo(/Prendre une photo/);
  await page.keyboard.press('Enter');
  await shows(page, 'choose');
  await tabTo(/Noir et blanc/);
  await page.keyboard.press('Space');
  assert.match((await focused()) ?? '', /Noir et blanc/, 'choosing a filter keeps the place');
  await tabTo(/Plein cadre/);
  await page.keyboard.press('Enter');
  await countDown(page);
  await shows(page, 'review');
  await tabTo(/^Refaire$/);
  await page.keyboard.press('Enter');
  await countDown(page);
  await shows(page, 'review');
  await tabTo(/Garder/);
  await page.keyboard.press('Enter');
  await page.locator('#shot-qr').waitFor();
  assert.equal(visits.finished[0]?.filter, 'black-and-white');
});

test('left alone, every screen goes on by itself: nothing chosen ends, a shot is kept, the code goes', {
  timeout: 60_000,
}, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  await page.clock.runFor(31_000);
  await shows(page, 'attract');
  assert.deepEqual(visits.requests, []);

  await button(page, 'Prendre une photo').tap();
  await button(page, 'Plein cadre 1 photo').tap();
  await countDown(page);
  await shows(page, 'review');
  await page.clock.runFor(13_000);
  await page.locator('#shot-qr').waitFor();
  assert.equal(visits.finished.length, 1);
  await page.clock.runFor(46_000);
  await shows(page, 'attract');
});

test('who needs more time stops the ring, for a while', { timeout: 60_000 }, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await button(page, 'Plein cadre 1 photo').tap();
  await countDown(page);
  await shows(page, 'review');
  const ring = () => screenOf(page, 'review').locator('[data-ring]').getAttribute('stroke-dasharray');
  await page.clock.runFor(6_000);
  assert.equal(await ring(), '50 100');
  await screenOf(page, 'review').getByRole('button', { name: 'Arrêter le minuteur' }).tap();
  await page.clock.runFor(60_000);
  assert.equal(await screenOf(page, 'review').isVisible(), true);
  await page.clock.runFor(31_000);
  await page.locator('#shot-qr').waitFor();
  assert.equal(visits.finished.length, 1);
});

test('a daemon that has lost the visit gets it once more, whole', { timeout: 60_000 }, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await button(page, 'Plein cadre 1 photo').tap();
  await countDown(page);
  // The finished picture says that the shot has arrived: what is lost after it is the whole visit.
  await page.locator('#review-finished').waitFor();
  visits.visits.clear();
  await button(page, 'Garder').tap();
  await page.getByText('Votre photo est gardée').waitFor();
  await page.clock.runFor(1_000);
  await page.locator('#shot-qr').waitFor();
  assert.deepEqual(visits.requests, ['shots/0', 'finish', 'shots/0', 'finish']);
});

test('a visit that cannot be finished is saved shot by shot: none is lost', {
  timeout: 90_000,
}, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await button(page, 'Bande classique 3 photos').tap();
  for (let shot = 1; shot <= 3; shot += 1) {
    await countDown(page);
    if (shot < 3) {
      await shows(page, 'taken');
      await page.clock.runFor(2_000);
    }
  }
  await shows(page, 'review');
  visits.answer(/finish/, 404);
  visits.answer(/finish/, 404);
  await button(page, 'Garder').tap();
  await page.getByText('Votre photo est gardée').waitFor();
  await page.clock.runFor(1_000);
  await page.locator('#shot-qr').waitFor();
  assert.equal(visits.loose.length, 3);
  assert.equal(visits.requests.at(-1), 'discard', 'and not saved by the daemon once more');
  assert.equal(new Set(visits.loose.map((shot) => shot.toString('base64'))).size, 3);
});

test('an answer that is lost is asked for again until it comes', { timeout: 60_000 }, async (t) => {
  const { page, visits } = await openVisit(t);
  await button(page, 'Prendre une photo').tap();
  await button(page, 'Plein cadre 1 photo').tap();
  visits.answer(/shots/, 0);
  await countDown(page);
  await shows(page, 'review');
  visits.answer(/finish/, 500);
  await button(page, 'Garder').tap();
  await page.getByText('Votre photo est gardée').waitFor();
  await page.clock.runFor(1_000);
  await page.locator('#shot-qr').waitFor();
  assert.equal(visits.finished.length, 1);
});

/** Stands for the voices of a machine: Chromium has none here. */
const VOICES = (lang: string) => `
  globalThis.spoken = [];
  Object.defineProperty(globalThis, 'speechSynthesis', { value: {
    getVoices: () => [{ lang: '${lang}', localService: true, name: 'a voice' }],
    cancel() {},
    speak: ({ text }) => spoken.push(text),
  } });
  globalThis.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  globalThis.beeps = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { beeps += 1; return start.apply(this, at); };
`;
const heard = (page: Page) => page.evaluate('({ spoken, beeps })');

for (const [what, lang, state, expected] of [
  ['a voice of the language counts', 'fr-FR', {}, { spoken: ['3', '2', '1'], beeps: 1 }],
  ['without such a voice it beeps', 'de-DE', {}, { spoken: [], beeps: 4 }],
  ['a customer who wants no voice has beeps', 'fr-FR', { voice: false }, { spoken: [], beeps: 4 }],
] as const) {
  test(`${what}, and a tone tells of the shot`, { timeout: 60_000 }, async (t) => {
    const { page } = await openVisit(t, { init: VOICES(lang), state });
    await button(page, 'Prendre une photo').tap();
    await button(page, 'Plein cadre 1 photo').tap();
    await countDown(page);
    await shows(page, 'review');
    assert.deepEqual(await heard(page), expected);
  });
}

test('the event’s colour is worn, and can be read', { timeout: 60_000 }, async (t) => {
  const { page, show } = await openVisit(t, { state: { accent: '#ffe14d' } });
  const colours = () =>
    button(page, 'Prendre une photo').evaluate((take) => {
      const { backgroundColor, color } = getComputedStyle(take);
      return { backgroundColor, color };
    });
  assert.deepEqual(await colours(), { backgroundColor: 'rgb(255, 225, 77)', color: 'rgb(29, 26, 32)' });
  show({ accent: '#0b3d91' });
  await page.waitForFunction(
    () => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim() === '#0b3d91',
  );
  assert.equal((await colours()).color, 'rgb(255, 255, 255)');
});

test('a guest swaps the sides of the buttons; the next one finds them where they were', {
  timeout: 60_000,
}, async (t) => {
  const { page } = await openVisit(t);
  const left = async () => (await button(page, 'Prendre une photo').boundingBox())?.x ?? -1;
  assert.ok((await left()) < 200);
  await button(page, 'Boutons de l’autre côté').tap();
  assert.ok((await left()) > 640);
  await page.clock.runFor(61_000);
  assert.ok((await left()) < 200);
});

test('an event of one language offers no other', { timeout: 60_000 }, async (t) => {
  const { page } = await openVisit(t, { state: { languages: ['en'], language: 'en' } });
  await button(page, 'Take a photo').waitFor();
  assert.equal(await page.locator('[data-language]:visible').count(), 0);
});

test('recent photos glide by, stop when touched, and are not there when the customer says no', {
  timeout: 60_000,
}, async (t) => {
  const { page, visits, show } = await openVisit(t, { reducedMotion: 'no-preference' });
  const jpeg = await sharp({ create: { width: 48, height: 32, channels: 3, background: '#b3261e' } })
    .jpeg()
    .toBuffer();
  for (let i = 0; i < 6; i += 1) {
    const saved = await page.request.post(`${page.url()}api/photos`, {
      data: jpeg,
      headers: { 'Content-Type': 'image/jpeg' },
    });
    assert.equal(saved.status(), 201);
  }
  assert.equal(visits.loose.length, 6);
  show({ sync: { photos: { onBooth: 6, uploading: 0, inCloud: 0 } } });
  const first = () => page.locator('#strip-photos img').first().getAttribute('src');
  await page.locator('#strip-photos img').nth(5).waitFor();
  const newest = await first();
  await page.clock.runFor(4_000);
  await page.waitForFunction(
    (was) => document.querySelector('#strip-photos img')?.getAttribute('src') !== was,
    newest,
  );
  await button(page, /Dernières photos/).tap();
  const held = await first();
  await page.clock.runFor(20_000);
  assert.equal(await first(), held);
  show({ recentPhotos: false });
  await page.locator('#strip').waitFor({ state: 'hidden' });
});

test('nothing that a guest does leaves the visit: keys, menus, drags, the way back', {
  timeout: 60_000,
}, async (t) => {
  const { page } = await openVisit(t);
  const url = page.url();
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  for (const key of [
    'F5',
    'Backspace',
    'Alt+ArrowLeft',
    'Control+p',
    'Control+s',
    'F11',
    'Control+w',
    'Control+r',
  ]) {
    const prevented = await page.evaluate((pressed) => {
      const [name = '', ...mods] = pressed.split('+').reverse();
      const event = new KeyboardEvent('keydown', {
        key: name,
        ctrlKey: mods.includes('Control'),
        altKey: mods.includes('Alt'),
        cancelable: true,
        bubbles: true,
      });
      return !document.body.dispatchEvent(event);
    }, key);
    assert.equal(prevented, true, key);
  }
  const menu = await page.evaluate(
    () => !document.body.dispatchEvent(new MouseEvent('contextmenu', { cancelable: true, bubbles: true })),
  );
  assert.equal(menu, true);
  assert.equal(page.url(), url);
  await shows(page, 'choose');
});
