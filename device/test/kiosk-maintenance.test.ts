import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { OfferedEvent } from '../chosen-event.ts';
import { type BoothFacts, maintenanceApi } from '../maintenance/api.ts';
import { openPinGate } from '../maintenance/pin-gate.ts';
import { quiet } from './context.ts';
import { assertUsable, openKioskPage, screenOf } from './kiosk-page.ts';
import { startShownKiosk } from './shown-kiosk.ts';
import { createVisits } from './shown-visits.ts';

const PIN = '271828';
const EVENTS: OfferedEvent[] = [
  { id: 'a'.repeat(24), title: 'Camille & Noé', isPresent: true },
  { id: 'b'.repeat(24), title: 'Anniversaire de Léa', isPresent: false },
];

/** The kiosk page with the menu's own interface; what the menu does to the booth is written down. */
async function openBooth(t: TestContext, { pin = PIN, bound = true, events = EVENTS } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-menu-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const done: string[] = [];
  const facts: BoothFacts = {
    serial: '4F2A',
    version: '0.1.0',
    bound,
    network: { reach: 'online', ssid: 'Salle des fêtes' },
  };
  const visits = createVisits();
  const kiosk = await startShownKiosk(t, {
    photos: visits.router,
    maintenance: maintenanceApi({
      pin: async () => (bound ? (pin ? { kind: 'pin', pin } : { kind: 'closed' }) : { kind: 'none' }),
      gate: await openPinGate({ file: join(dir, 'pin-guesses.json'), now: () => performance.now() }),
      facts: async () => facts,
      logs: {
        lines: () => [
          { at: '2026-07-14T13:30:12.042Z', level: 'info', part: 'sync', text: 'cycle ended kind=ok' },
          { at: '2026-07-14T13:31:12.042Z', level: 'error', part: 'camera', text: 'no picture' },
        ],
      },
      language: {
        async choose(language) {
          done.push(`language ${language}`);
          if (language) facts.language = language;
          else delete facts.language;
          kiosk.show({ language: language ?? 'fr' });
        },
      },
      events: {
        list: () => events,
        async choose(id) {
          done.push(`event ${id}`);
          kiosk.show({ title: events.find((event) => event.id === id)?.title ?? '' });
          return true;
        },
      },
      openSetup: () => done.push('setup') > 0,
      restart: () => done.push('restart'),
      powerOff: async () => ({ kind: 'impossible', detail: 'no systemd here' }),
      unbind: async () => void done.push('unbind'),
      now: () => performance.now(),
      log: quiet,
    }),
  });
  kiosk.show({ bound });
  const page = await openKioskPage(t, kiosk.url);
  await screenOf(page, 'attract').waitFor();
  return { page, done, visits, kiosk };
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const shows = (page: Page, name: string) => screenOf(page, name).waitFor();

/** Holds the corner for so long. */
async function holdCorner(page: Page, ms: number): Promise<void> {
  await page.mouse.move(20, 20);
  await page.mouse.down();
  await page.clock.runFor(ms);
  await page.mouse.up();
}

async function enter(page: Page, pin = PIN): Promise<void> {
  await shows(page, 'pin');
  for (const digit of pin)
    await screenOf(page, 'pin').getByRole('button', { name: digit, exact: true }).tap();
}

test('the corner, held for five seconds, asks for the PIN; the PIN opens the menu; it closes by itself', {
  timeout: 60_000,
}, async (t) => {
  const { page } = await openBooth(t);
  await holdCorner(page, 4_500);
  await page.clock.runFor(5_000);
  assert.equal(await screenOf(page, 'pin').isVisible(), false, 'let go too soon');
  await holdCorner(page, 5_000);
  await enter(page);
  await shows(page, 'menu');
  await page.getByText('Salle des fêtes · internet').waitFor();
  await page.getByText('Camille & Noé').last().waitFor();
  await page.clock.runFor(59_000);
  assert.equal(await screenOf(page, 'menu').isVisible(), true);
  await page.clock.runFor(2_000);
  await shows(page, 'attract');
});

test('by keyboard: M held, digits, Escape', { timeout: 60_000 }, async (t) => {
  const { page } = await openBooth(t);
  await page.keyboard.down('m');
  await page.clock.runFor(5_000);
  await page.keyboard.up('m');
  await shows(page, 'pin');
  await page.keyboard.type('27');
  await page.keyboard.press('Backspace');
  await page.getByRole('img', { name: '1 chiffre sur 6' }).waitFor();
  await page.keyboard.type('71828');
  await shows(page, 'menu');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'menu-title');
  await page.keyboard.press('Escape');
  await shows(page, 'attract');
});

test('wrong PINs are slowed, and the screen says for how long', { timeout: 60_000 }, async (t) => {
  const { page } = await openBooth(t);
  await holdCorner(page, 5_000);
  for (let i = 0; i < 2; i += 1) {
    await enter(page, '000000');
    await page.getByText('Ce n’est pas ce code').waitFor();
  }
  await enter(page, '000000');
  await page.getByText('réessayer dans 5 secondes').waitFor();
  // Its keys do nothing meanwhile.
  await screenOf(page, 'pin').getByRole('button', { name: '2', exact: true }).tap({ force: true });
  await page.getByRole('img', { name: '0 chiffre sur 6' }).waitFor();
  await page.clock.runFor(2_000);
  await page.getByText('réessayer dans 3 secondes').waitFor();
  await page.clock.runFor(3_000);
  await page.getByText('Tapez le code').waitFor();
});

test('a booth whose owner chose no PIN keeps it closed; one that belongs to nobody has none', {
  timeout: 60_000,
}, async (t) => {
  const closed = await openBooth(t, { pin: '' });
  await holdCorner(closed.page, 5_000);
  await closed.page.getByRole('heading', { name: 'Le menu d’entretien est fermé' }).waitFor();
  const unbound = await openBooth(t, { bound: false });
  await holdCorner(unbound.page, 5_000);
  await shows(unbound.page, 'menu');
  for (const name of ['Dissocier', 'Changer d’évènement'])
    assert.equal(await button(unbound.page, name).isVisible(), false, name);
});

test('the camera is tried with a shot that goes nowhere', { timeout: 60_000 }, async (t) => {
  const { page, visits } = await openBooth(t);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Essayer l’appareil').tap();
  await shows(page, 'camera-test');
  assert.equal(await page.locator('.look canvas').isVisible(), true, 'the live picture is seen');
  await button(page, 'Photo d’essai').tap();
  // A camera may look at the moments after this one as well.
  await page.clock.runFor(400);
  await page.getByText(/1800 × 1201 pixels/).waitFor();
  await page.locator('#camera-shot').waitFor();
  await button(page, 'Retour').tap();
  await shows(page, 'menu');
  assert.deepEqual(visits.requests, ['maintenance/open']);
});

test('log, status, language, restart, and a shut-down that is not possible', {
  timeout: 60_000,
}, async (t) => {
  const { page, done } = await openBooth(t);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Journal').tap();
  assert.match((await page.locator('#logs-lines li').first().textContent()) ?? '', /error camera no picture/);
  await button(page, 'Retour').tap();
  await button(page, 'English').tap();
  await button(page, 'The event’s own').tap();
  await button(page, 'Éteindre').tap();
  await page.getByRole('heading', { name: 'Éteindre ce photomaton' }).waitFor();
  await button(page, 'Éteindre').tap();
  await page.getByText('no systemd here').waitFor();
  await button(page, 'Retour').tap();
  await button(page, 'Redémarrer').tap();
  await button(page, 'Redémarrer').tap();
  await shows(page, 'attract');
  assert.deepEqual(done, ['language en', 'language undefined', 'restart']);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Où sont les photos').tap();
  await shows(page, 'status');
});

test('another event: chosen, asked once, and the menu says it', { timeout: 60_000 }, async (t) => {
  const { page, done } = await openBooth(t);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Changer d’évènement').tap();
  await shows(page, 'events');
  const present = button(page, 'Camille & Noé · en cours');
  assert.equal(await present.getAttribute('aria-pressed'), 'true');
  await present.tap();
  await shows(page, 'menu');
  await button(page, 'Changer d’évènement').tap();
  await button(page, 'Anniversaire de Léa').tap();
  await page.getByRole('heading', { name: 'Les photos iront désormais à' }).waitFor();
  await page.keyboard.press('Space');
  await shows(page, 'menu');
  assert.deepEqual(done, [], 'the button that a stray press finds changes nothing');
  // The same by keys alone.
  for (const name of ['Changer d’évènement', 'Anniversaire de Léa', 'Oui, changer']) {
    await button(page, name).focus();
    await page.keyboard.press('Enter');
  }
  await shows(page, 'menu');
  await page.locator('#menu-event', { hasText: 'Anniversaire de Léa' }).waitFor();
  assert.deepEqual(done, [`event ${EVENTS[1]?.id}`]);
});

test('with no other event it says who allows one', { timeout: 60_000 }, async (t) => {
  const { page } = await openBooth(t, { events: EVENTS.slice(0, 1) });
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Changer d’évènement').tap();
  await page.getByRole('heading', { name: 'Pas d’autre évènement à choisir' }).waitFor();
  await button(page, 'Retour').tap();
  await shows(page, 'menu');
});

test('another network is a press away', { timeout: 60_000 }, async (t) => {
  const { page, done } = await openBooth(t);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Changer de réseau').tap();
  await shows(page, 'attract');
  assert.deepEqual(done, ['setup']);
});

test('unpairing is asked twice, and the button that a stray press finds changes nothing', {
  timeout: 60_000,
}, async (t) => {
  const { page, done } = await openBooth(t);
  await holdCorner(page, 5_000);
  await enter(page);
  await button(page, 'Dissocier').tap();
  await page.keyboard.press('Space');
  await shows(page, 'menu');
  await button(page, 'Dissocier').tap();
  await button(page, 'Dissocier…').tap();
  await page.getByRole('heading', { name: 'Vraiment dissocier 4F2A ?' }).waitFor();
  assert.deepEqual(done, []);
  await button(page, 'Oui, dissocier').tap();
  await shows(page, 'attract');
  assert.deepEqual(done, ['unbind', 'restart']);
});

test('a guest in the middle of a visit does not find it', { timeout: 60_000 }, async (t) => {
  const { page } = await openBooth(t);
  await button(page, 'Prendre une photo').tap();
  await shows(page, 'choose');
  await holdCorner(page, 5_000);
  assert.equal(await screenOf(page, 'choose').isVisible(), true);
});

test('every screen of the menu can be used: contrast, names, targets, letters', {
  timeout: 120_000,
}, async (t) => {
  const many = Array.from({ length: 20 }, (_, i) => ({
    ...{ id: String(i).padStart(24, '0'), title: `Mariage de Marie-Hélène & Jean-Baptiste, salle n° ${i}` },
    isPresent: false,
  }));
  const { page, kiosk } = await openBooth(t, { events: [...EVENTS, ...many] });
  const usable = async (what: string) => {
    for (const theme of ['light', 'dark'] as const) await assertUsable(page, what, theme);
    await page.keyboard.press('Shift'); // somebody is there
  };
  await holdCorner(page, 5_000);
  await shows(page, 'pin');
  await usable('pin');
  await page.keyboard.type(PIN);
  await shows(page, 'menu');
  kiosk.show({ title: many[0]?.title.repeat(2) ?? '' });
  await page.locator('#menu-event', { hasText: 'n° 0Mariage' }).waitFor();
  await usable('menu');
  for (const [press, screen] of [
    ['Essayer l’appareil', 'camera-test'],
    ['Changer d’évènement', 'events'],
    ['Journal', 'logs'],
    ['Dissocier', 'message'],
  ] as const) {
    await button(page, press).click();
    await shows(page, screen);
    await usable(screen);
    await button(page, /^(Non, r|R)etour$/).click();
    await shows(page, 'menu');
  }
});
