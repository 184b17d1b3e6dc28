import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import type { BoothScreen, PairingScreen } from '../kiosk/state.ts';
import { assertUsable, flawsOf, openKioskPage, screenOf } from './kiosk-page.ts';
import { READY, startShownKiosk } from './shown-kiosk.ts';
import { createVisits } from './shown-visits.ts';

const WORDS = { fr: 'renard et lanterne', en: 'fox and lantern' };
const HOTSPOT: BoothScreen & { kind: 'hotspot' } = {
  kind: 'hotspot',
  ...{ ssid: 'Photomaton-4F2A', password: 'k7mp3xq9ta', is: 'open', phones: 2 },
  ...{ address: 'http://10.42.0.1', qr: 'WIFI:T:WPA;S:Photomaton-4F2A;P:k7mp3xq9ta;;' },
};
const CODE: PairingScreen = {
  step: 'code',
  ...{ code: 'kTpRwmNx', words: WORDS, portal: 'photos.example.com' },
  registerUrl: 'https://photos.example.com/booths/register?code=kTpRwmNx',
};

/** What the booth shows outside of a visit: the name of its screen, and when. */
const SCREENS: [name: string, what: string, screen: BoothScreen][] = [
  ['message', 'starting', { kind: 'starting' }],
  ['message', 'restarting', { kind: 'restarting' }],
  ['message', 'joined', { kind: 'restarting', joined: { network: 'Salle des fêtes' } }],
  ['hotspot', 'hotspot', HOTSPOT],
  ['hotspot', 'failed', { ...HOTSPOT, failure: { network: 'Salle des fêtes', reason: 'wrong-password' } }],
  ['message', 'opening', { ...HOTSPOT, is: 'opening' }],
  ['message', 'giving way', { ...HOTSPOT, is: 'giving-way' }],
  ['joining', 'joining', { kind: 'joining', network: 'Salle des fêtes', step: 'internet' }],
  ['code', 'code', { kind: 'pairing', ...CODE }],
  ['confirm', 'confirm', { kind: 'pairing', step: 'confirm', customer: 'Camille M.', words: WORDS }],
  ...(['connecting', 'no-internet', 'captive', 'unreachable', 'refused', 'paired'] as const).map(
    (step): [string, string, BoothScreen] => [
      'message',
      step,
      { kind: 'pairing', step } as PairingScreen & { kind: 'pairing' },
    ],
  ),
];

test('every screen of a booth that waits or needs help can be used', { timeout: 180_000 }, async (t) => {
  const kiosk = await startShownKiosk(t, { photos: createVisits().router });
  const page = await openKioskPage(t, kiosk.url);
  for (const [i, [name, what, screen]] of SCREENS.entries()) {
    kiosk.show({ screen, language: i % 2 === 0 ? 'fr' : 'en' });
    await screenOf(page, name).waitFor();
    await assertUsable(page, what, i % 2 === 0 ? 'light' : 'dark');
  }
});

test('a picture that was asked for while the daemon restarted comes when it is back', {
  timeout: 60_000,
}, async (t) => {
  const kiosk = await startShownKiosk(t);
  const page = await openKioskPage(t, kiosk.url);
  await page.route(/\/api\/qr/, (route) => route.abort('connectionrefused'), { times: 1 });
  kiosk.show({ screen: HOTSPOT });
  await screenOf(page, 'hotspot').waitFor();
  const width = () =>
    page.locator('#hotspot-qr').evaluate((image) => (image as HTMLImageElement).naturalWidth);
  assert.equal(await width(), 0);
  await page.clock.runFor(1_100);
  await page.waitForFunction(
    () => (document.querySelector<HTMLImageElement>('#hotspot-qr')?.naturalWidth ?? 0) > 0,
  );
});

test('the kiosk does as people have told their system: contrast, colours, stillness', {
  timeout: 180_000,
}, async (t) => {
  const visits = createVisits();
  const kiosk = await startShownKiosk(t, { photos: visits.router });
  const page = await openKioskPage(t, kiosk.url);
  const go = page.locator('[data-screen="attract"] [data-action="go"]');
  const styleOf = (selector: string, property: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
  const tool = '.touch--tool:visible';

  await t.test('more contrast: tools over the live view on plain black, edges to every button', async () => {
    kiosk.show({});
    await go.waitFor();
    assert.notEqual(await styleOf(tool, 'background-color'), 'rgb(0, 0, 0)');
    await page.emulateMedia({ contrast: 'more' });
    assert.equal(await styleOf(tool, 'background-color'), 'rgb(0, 0, 0)');
    for (const button of await page.locator('button.touch:visible').all())
      assert.equal(await button.evaluate((element) => getComputedStyle(element).borderTopWidth), '3px');
    assert.deepEqual(await flawsOf(page), []);
    await page.emulateMedia({ contrast: null });
  });

  await t.test("the system's colours: what was told by a background is told by a line", async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    for (const button of await page.locator('button.touch:visible').all())
      assert.equal(await button.evaluate((element) => getComputedStyle(element).borderTopStyle), 'solid');
    assert.equal(await styleOf('.attract', 'background-image'), 'none');
    kiosk.show({ screen: HOTSPOT });
    await screenOf(page, 'hotspot').waitFor();
    assert.equal(await styleOf('#hotspot-qr', 'forced-color-adjust'), 'none', 'a phone has to read it');
    assert.deepEqual(await flawsOf(page), []);
    await page.emulateMedia({ forcedColors: null });
    kiosk.show({});
    await go.waitFor();
  });

  await t.test('stillness: photos do not glide by, and a boomerang is a picture', async () => {
    const photo = await readFile(new URL('../camera/player/coffee.jpg', import.meta.url));
    for (let i = 0; i < 6; i += 1)
      await fetch(`${kiosk.url}/api/photos`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(photo),
      });
    const first = () => page.locator('#strip-photos img').first().getAttribute('src');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    kiosk.show({ sync: { ...READY.sync, photos: { onBooth: 6, uploading: 0, inCloud: 0 } } });
    await page.locator('#strip-photos img').nth(5).waitFor({ state: 'attached' });
    const before = await first();
    await page.clock.runFor(9_000);
    assert.equal(await first(), before);
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    await page.clock.runFor(4_500);
    await page.waitForFunction(
      (src) => document.querySelector('#strip-photos img')?.getAttribute('src') !== src,
      before,
    );

    await page.emulateMedia({ reducedMotion: 'reduce' });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await go.click();
    await page.locator('[data-layout="boomerang"]').click();
    await screenOf(page, 'countdown').waitFor();
    for (let i = 0; i < 40 && (await screenOf(page, 'review').isHidden()); i += 1)
      await page.clock.runFor(250);
    const shown = page.locator('#review-finished');
    await shown.waitFor();
    const still = await shown.getAttribute('src');
    await page.clock.runFor(2_000);
    assert.equal(await shown.getAttribute('src'), still);
    assert.ok(!asked.some((url) => url.includes('/film')), 'no film was asked for');
  });
});
