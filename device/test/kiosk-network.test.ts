import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { BoothScreen } from '../kiosk/state.ts';
import { assertUsable, openKioskPage, screenOf } from './kiosk-page.ts';
import { startShownKiosk } from './shown-kiosk.ts';
import { createVisits } from './shown-visits.ts';

const HOTSPOT: BoothScreen & { kind: 'hotspot' } = {
  kind: 'hotspot',
  ...{ ssid: 'Photomaton-4F2A', password: '8e8gmrtkp6', address: 'http://10.42.0.1' },
  qr: 'WIFI:T:WPA;S:Photomaton-4F2A;P:8e8gmrtkp6;;',
  ...{ is: 'open', phones: 0 },
};
/** As long as a name can be. */
const LONG = 'Wi‑Fi de la salle des fêtes, 1er';

/** Keeps the stream of states where a test finds it. */
const KEEP_STREAM = `window.EventSource = class extends EventSource {
  constructor(url) { super(url); window.stream = this; }
};`;

async function open(t: TestContext, language: 'fr' | 'en') {
  const kiosk = await startShownKiosk(t, { photos: createVisits().router });
  kiosk.show({ language });
  const page = await openKioskPage(t, kiosk.url, { locale: language, init: KEEP_STREAM });
  await screenOf(page, 'attract').waitFor();
  return { kiosk, page };
}
const says = (page: Page, text: string | RegExp) => page.locator('main').getByText(text).first().waitFor();

for (const [language, theme] of [
  ['fr', 'light'],
  ['en', 'dark'],
] as const) {
  test(`what the booth says about its network can be read and touched, ${language}, ${theme}`, {
    timeout: 240_000,
  }, async (t) => {
    const { kiosk, page } = await open(t, language);
    const shown = async (name: string, screen: BoothScreen, what: string) => {
      kiosk.show({ language, screen });
      await screenOf(page, name).waitFor();
      await assertUsable(page, what, theme);
    };
    await shown('hotspot', HOTSPOT, 'hotspot');
    await shown('hotspot', { ...HOTSPOT, phones: 2 }, 'hotspot with phones');
    // The longest explanation, with the longest name.
    const failure = { network: LONG, reason: 'captive' } as const;
    await shown('hotspot', { ...HOTSPOT, failure, phones: 1 }, 'hotel');
    await shown('joining', { kind: 'joining', network: LONG, step: 'internet' }, 'joining');
    await shown('message', { ...HOTSPOT, trouble: 'radio-blocked' }, 'trouble');
    await shown('message', { kind: 'pairing', step: 'captive' }, 'pairing behind a hotel’s page');
  });
}

test('each step of joining, and its end', { timeout: 60_000 }, async (t) => {
  const { kiosk, page } = await open(t, 'fr');
  const steps = () => page.locator('#joining-steps .step__is').allTextContents();
  kiosk.show({ screen: { kind: 'joining', network: 'Mairie', step: 'associating' } });
  await screenOf(page, 'joining').waitFor();
  assert.deepEqual(await steps(), ['en cours…', 'ensuite', 'ensuite', 'ensuite']);
  kiosk.show({ screen: { kind: 'joining', network: 'Mairie', step: 'internet' } });
  await page.locator('.step--now', { hasText: 'Trouver internet' }).waitFor();
  assert.deepEqual(await steps(), ['fait', 'fait', 'en cours…', 'ensuite']);
  kiosk.show({ screen: { kind: 'joining', step: 'portal' } });
  await says(page, 'Connexion à « câble réseau »');
  assert.deepEqual(await steps(), ['fait', 'fait', 'fait', 'en cours…']);
  kiosk.show({ screen: { kind: 'restarting', joined: { network: 'Mairie' } } });
  await says(page, '« Mairie » : tout va bien');
});

test('every reason why a network is not the way out, and every trouble, has words of its own', {
  timeout: 60_000,
}, async (t) => {
  const { kiosk, page } = await open(t, 'fr');
  const seen = new Set<string>();
  const reasons = [
    'wrong-password',
    'not-found',
    'no-address',
    'no-answer',
    'no-internet',
    'captive',
    'no-portal',
  ] as const;
  for (const reason of reasons) {
    kiosk.show({ screen: { ...HOTSPOT, failure: { network: reason, reason } } });
    const notice = page.locator('#hotspot-failure', { hasText: `« ${reason} »` });
    await notice.waitFor();
    seen.add(((await notice.textContent()) ?? '').replace(reason, ''));
  }
  assert.equal(seen.size, reasons.length);
  for (const [change, title] of [
    [{ trouble: 'no-radio' }, 'Je ne trouve pas de carte Wi‑Fi'],
    [{ trouble: 'radio-blocked' }, 'Le Wi‑Fi de cette machine est coupé'],
    [{ trouble: 'no-manager' }, 'Le Wi‑Fi ne répond pas'],
    [{ is: 'opening' }, 'J’ouvre mon réseau'],
    [{ is: 'giving-way' }, 'Je cherche les réseaux que je connais'],
  ] as const) {
    kiosk.show({ screen: { ...HOTSPOT, ...change } });
    await page.getByRole('heading', { name: title }).waitFor();
    await page.getByRole('button', { name: 'Continuer sans Wi‑Fi' }).waitFor();
  }
});

test('the daemon hears of a guest, again and again, and when they have gone', {
  timeout: 60_000,
}, async (t) => {
  const { kiosk, page } = await open(t, 'fr');
  const heard: string[] = [];
  page.on('request', (request) => {
    const word = /\/api\/guest\/(\w+)$/.exec(request.url())?.[1];
    if (word) heard.push(word);
  });
  await page.locator('[data-screen="attract"] [data-action="go"]').click();
  await screenOf(page, 'choose').waitFor();
  await page.clock.runFor(15_000);
  assert.deepEqual(heard, ['here', 'here']);
  // Another start of the daemon knows nothing of them.
  await page.evaluate('stream.dispatchEvent(new Event("error"))');
  const toldAnew = page.waitForRequest('**/api/guest/here');
  kiosk.show({ title: 'Léa & Max' });
  await toldAnew;
  await page.keyboard.press('Escape');
  await screenOf(page, 'attract').waitFor();
  assert.deepEqual(heard, ['here', 'here', 'here', 'gone']);
});
