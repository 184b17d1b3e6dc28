import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import type { Page } from 'playwright-core';
import { type BoothProcess, makeDataDir, startBooth } from './booth-process.ts';
import { flawsOf } from './kiosk-page.ts';

/** Something at the portal's address: all that the booth asks while it is set up is whether there is. */
async function startAnswering(t: TestContext): Promise<string> {
  const server = createServer((_req, res) => res.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A booth that was carried to a venue whose Wi-Fi it does not know. */
async function startLost(t: TestContext, env: Record<string, string> = {}): Promise<BoothProcess> {
  const dataDir = await makeDataDir(t);
  await writeFile(join(dataDir, 'network.json'), '{"reach":"none"}');
  return startBooth(t, { DATA_DIR: dataDir, PORTAL_URL: await startAnswering(t), ...env });
}

/** That booth, and an installer's phone. */
async function arrive(
  t: TestContext,
  { javaScriptEnabled = true, env }: { javaScriptEnabled?: boolean; env?: Record<string, string> } = {},
): Promise<{ booth: BoothProcess; phone: Page; kiosk: Page; address: string }> {
  const booth = await startLost(t, env);
  const browser = await openChromium(t);
  const kiosk = await browser.newPage({
    ...{ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' },
  });
  await kiosk.goto(booth.url);
  const phone = await browser.newPage({
    viewport: { width: 390, height: 844 },
    locale: 'fr-FR',
    javaScriptEnabled,
  });
  const address = await addressOn(kiosk);
  await phone.goto(address);
  return { booth, phone, kiosk, address };
}

async function addressOn(kiosk: Page): Promise<string> {
  await kiosk.locator('[data-screen="hotspot"]').waitFor();
  return `http://${await kiosk.locator('#hotspot-address').textContent()}`;
}

const form = (phone: Page) => phone.locator('details[open]');
const connect = (phone: Page) => form(phone).getByRole('button', { name: 'Se connecter' }).click();
const password = (phone: Page) => form(phone).getByRole('textbox', { name: 'Mot de passe' });

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
  test(`wrong password, then the right one, ${how}`, { timeout: 90_000 }, async (t) => {
    const { booth, phone, kiosk, address } = await arrive(t, { javaScriptEnabled });
    const access = async () => [
      await kiosk.locator('#hotspot-ssid').textContent(),
      await kiosk.locator('#hotspot-password').textContent(),
    ];
    const before = await access();

    await phone.getByText('Salle des fêtes').click();
    await password(phone).fill('lavande2025');
    await connect(phone);
    await phone.getByRole('heading', { name: 'Regardez l’écran du photomaton' }).waitFor();
    await kiosk.getByRole('heading', { name: 'Connexion à « Salle des fêtes »' }).waitFor();
    await assert.rejects(fetch(address), 'nobody is served while the hotspot is closed');

    const reason = 'Mot de passe refusé par « Salle des fêtes ». Vérifiez‑le et réessayez.';
    await kiosk.locator('#hotspot-failure', { hasText: reason }).waitFor();
    // With JavaScript the page comes back by itself with the reason, the network opened.
    if (!javaScriptEnabled) await phone.goto(await addressOn(kiosk));
    await phone.getByRole('alert').filter({ hasText: reason }).waitFor();
    assert.deepEqual(await access(), before, 'the same hotspot');
    assert.equal(await addressOn(kiosk), address);

    const restarted = booth.readyAgain();
    await password(phone).fill('lavande2026');
    await connect(phone);
    await kiosk.getByRole('heading', { name: '« Salle des fêtes » : tout va bien' }).waitFor();
    await restarted;
    await kiosk.getByRole('button', { name: 'Prendre des photos en attendant' }).waitFor();
    const health = (await (await fetch(`${booth.url}/healthz`)).json()) as { network: string };
    assert.equal(health.network, 'online');
    await assert.rejects(fetch(address), 'the page is gone with the hotspot');
  });
}

test('a hidden network, an open one, and names with odd characters', { timeout: 90_000 }, async (t) => {
  const { booth, phone } = await arrive(t);
  assert.equal(await phone.getByText('Coulisses').count(), 0);
  await phone.getByText('Autre réseau…').click();
  await form(phone).getByLabel('Nom du réseau').fill('<b>"Léa" & Co</b>');
  await connect(phone);
  await phone.getByRole('alert').filter({ hasText: '« <b>"Léa" & Co</b> » est introuvable ici' }).waitFor();
  assert.equal(await form(phone).getByLabel('Nom du réseau').inputValue(), '<b>"Léa" & Co</b>');

  const restarted = booth.readyAgain();
  await phone.getByText('Mairie‑Public').click();
  await connect(phone);
  await restarted;
});

test('a network of a company that went out of sight meanwhile: its name and the user’s are still there', {
  timeout: 60_000,
}, async (t) => {
  const { phone, kiosk, address } = await arrive(t);
  const listed = {
    ssid: 'Entreprise',
    enterprise: '1',
    secured: '1',
    identity: 'camille',
    password: 'Zitrone 9!',
  };
  await fetch(`${address}/join`, { method: 'POST', body: new URLSearchParams(listed) });
  await kiosk.locator('#hotspot-failure', { hasText: '« Entreprise » est introuvable ici' }).waitFor();
  await phone.goto(await addressOn(kiosk));
  assert.equal(await form(phone).getByLabel('Nom du réseau').inputValue(), 'Entreprise');
  assert.equal(await form(phone).getByLabel('Identifiant').inputValue(), 'camille');
  assert.equal(await password(phone).inputValue(), '');
});

test('the portal cannot be reached from there: the booth says so, and on the page', {
  timeout: 90_000,
}, async (t) => {
  // Nobody listens on port 9.
  const { phone, kiosk } = await arrive(t, { env: { PORTAL_URL: 'http://127.0.0.1:9' } });
  await phone.getByText('Mairie‑Public').click();
  await connect(phone);
  await kiosk.locator('.step--now', { hasText: 'Joindre le portail des photos' }).waitFor();
  const reason = 'mène à internet, mais le portail des photos ne répond pas';
  await kiosk.locator('#hotspot-failure', { hasText: reason }).waitFor();
  await phone.getByRole('alert').filter({ hasText: reason }).waitFor();
});

test('searching again: the hotspot blinks, and the page is back', { timeout: 60_000 }, async (t) => {
  const { phone } = await arrive(t);
  await phone.getByRole('button', { name: 'Chercher encore' }).click();
  await phone.getByText('Il cherche les réseaux.').waitFor();
  await phone.getByRole('heading', { name: 'Connecter le photomaton au Wi‑Fi' }).waitFor();
});

test('a cable with a fixed address, the country, and the password shown', { timeout: 60_000 }, async (t) => {
  const { booth, phone } = await arrive(t);
  await phone.locator('.country summary').click();
  assert.equal(await phone.getByLabel('Pays').inputValue(), 'FR', 'as the phone says');
  await phone.getByLabel('Pays').selectOption('BE');
  await phone.getByRole('button', { name: 'Enregistrer le pays' }).click();
  await phone.getByRole('status').filter({ hasText: 'Pays enregistré : Belgique' }).waitFor();

  await phone.getByText('Salle des fêtes').click();
  const field = form(phone).locator('input[name="password"]');
  assert.equal(await field.getAttribute('type'), 'password');
  await form(phone).getByRole('button', { name: 'Montrer' }).click();
  assert.equal(await field.getAttribute('type'), 'text');

  await phone.getByText('Câble réseau…').click();
  await form(phone).getByLabel('Adresse fixe').fill('192.168.1.20');
  await connect(phone);
  await phone.getByRole('alert').filter({ hasText: 'Vérifiez l’adresse' }).waitFor();
  assert.equal(await form(phone).getByLabel('Adresse fixe').inputValue(), '192.168.1.20', 'typed once');
  await form(phone).getByLabel('Passerelle').fill('192.168.1.1');
  const restarted = booth.readyAgain();
  await connect(phone);
  await restarted;
});

for (const language of ['fr', 'en'] as const) {
  test(`every page can be used on a phone, ${language}: axe, targets, nothing beside the screen`, {
    timeout: 90_000,
  }, async (t) => {
    const { phone, address } = await arrive(t);
    const usable = async (what: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await phone.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await flawsOf(phone, { target: 44, letter: 13 }), [], `${what}, ${colorScheme}`);
        const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
      }
    };
    await phone.getByRole('link', { name: language.toUpperCase() }).click();
    assert.equal(await phone.locator('html').getAttribute('lang'), language);
    await usable('the list');
    for (const summary of await phone.locator('summary').all()) {
      await summary.click();
      await usable((await summary.textContent()) ?? '');
    }
    await phone.locator('summary').first().click();
    await form(phone).locator('input[name="password"]').first().fill('short');
    await form(phone).locator('.button--primary').click();
    await phone.getByRole('alert').waitFor();
    await usable('a problem');
    await form(phone).locator('input[name="password"]').fill('lavande2025');
    // It is not let back: the last page stays.
    await phone.route(`${address}/`, (route) => route.abort());
    await form(phone).locator('.button--primary').click();
    await phone.locator('[data-follow]').waitFor();
    await usable('look at the booth');
  });
}

test('the server looks at what it gets: no name, short password, foreign page', {
  timeout: 60_000,
}, async (t) => {
  const { url } = await startLost(t);
  const browser = await openChromium(t);
  const kiosk = await browser.newPage();
  await kiosk.goto(url);
  const address = await addressOn(kiosk);
  const post = (body: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${address}/join?lang=en`, { method: 'POST', body: new URLSearchParams(body), headers });
  const told = async (body: Record<string, string>) => {
    const answer = await post(body);
    assert.equal(answer.status, 422);
    return /id="problem">([^<]*)</.exec(await answer.text())?.[1];
  };
  assert.equal(await told({ ssid: '' }), 'Give the name of the network (32 characters at most).');
  assert.equal(await told({ ssid: 'é'.repeat(17) }), 'Give the name of the network (32 characters at most).');
  assert.equal(
    await told({ ssid: 'Salle des fêtes', password: 'short' }),
    'The password of “Salle des fêtes” has at least 8 characters. Check it and try again.',
  );
  const foreign = await post({ ssid: 'Mairie‑Public' }, { Origin: 'http://evil.example' });
  assert.equal(foreign.status, 403);
  // Nothing of the booth's own server is here.
  for (const path of [
    '/healthz',
    '/api/state',
    '/api/photos',
    '/demo',
    '/code/kiosk/page/main.ts',
    '/photos',
  ]) {
    assert.equal((await fetch(address + path)).status, 404, path);
  }
  assert.equal(((await (await fetch(`${url}/healthz`)).json()) as { network: string }).network, 'none');
});
