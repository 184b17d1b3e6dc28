import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { type BoothProcess, makeDataDir, startBooth } from './booth-process.ts';
import { openChromium } from './chromium.ts';

/** A booth that was carried to a venue whose Wi-Fi it does not know, and an installer's phone. */
async function arrive(
  t: TestContext,
  { javaScriptEnabled = true } = {},
): Promise<{ booth: BoothProcess; phone: Page; kiosk: Page }> {
  const dataDir = await makeDataDir(t);
  await writeFile(join(dataDir, 'network.json'), '{"reach":"none"}');
  const booth = await startBooth(t, { DATA_DIR: dataDir });
  const browser = await openChromium(t);
  const kiosk = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await kiosk.goto(booth.url);
  const phone = await browser.newPage({
    viewport: { width: 390, height: 844 },
    locale: 'fr-FR',
    javaScriptEnabled,
  });
  await phone.goto(`http://${await kiosk.locator('#hotspot-address').textContent()}`);
  return { booth, phone, kiosk };
}

const form = (phone: Page) => phone.locator('details[open]');

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with JavaScript' : 'without JavaScript';
  test(`wrong password, then the right one, ${how}`, { timeout: 90_000 }, async (t) => {
    const { booth, phone, kiosk } = await arrive(t, { javaScriptEnabled });
    const access = async () => [
      await kiosk.locator('#hotspot-ssid').textContent(),
      await kiosk.locator('#hotspot-password').textContent(),
    ];
    const before = await access();

    await phone.getByText('Salle des fêtes').click();
    await form(phone).getByLabel('Mot de passe').fill('lavande2025');
    await form(phone).getByRole('button', { name: 'Se connecter' }).click();
    await phone.getByRole('heading', { name: 'Regardez l’écran du photomaton' }).waitFor();
    await kiosk.getByRole('heading', { name: 'Connexion à « Salle des fêtes »' }).waitFor();

    // The page comes back by itself with the reason, the network opened, above the field that mends it.
    const reason = 'Mot de passe refusé par « Salle des fêtes ». Vérifiez‑le et réessayez.';
    await phone.getByRole('alert').filter({ hasText: reason }).waitFor();
    await kiosk.locator('#hotspot-failure', { hasText: reason }).waitFor();
    assert.deepEqual(await access(), before, 'the same hotspot');

    const restarted = booth.readyAgain();
    await form(phone).getByLabel('Mot de passe').fill('lavande2026');
    await form(phone).getByRole('button', { name: 'Se connecter' }).click();
    await restarted;
    await phone.goto(`${booth.url}/setup?lang=fr`);
    await phone.getByText('Il est connecté à « Salle des fêtes ».').waitFor();
    await kiosk.getByRole('button', { name: 'Prendre des photos en attendant' }).waitFor();
    const health = (await (await fetch(`${booth.url}/healthz`)).json()) as { network: string };
    assert.equal(health.network, 'online');
  });
}

test('a hidden network, an open one, and names with odd characters', { timeout: 90_000 }, async (t) => {
  const { booth, phone } = await arrive(t);
  assert.equal(await phone.getByText('Coulisses').count(), 0);
  await phone.getByText('Autre réseau…').click();
  await form(phone).getByLabel('Nom du réseau').fill('<b>"Léa" & Co</b>');
  await form(phone).getByRole('button', { name: 'Se connecter' }).click();
  await phone.getByRole('alert').filter({ hasText: '« <b>"Léa" & Co</b> » est introuvable ici' }).waitFor();

  const restarted = booth.readyAgain();
  await phone.getByText('Mairie‑Public').click();
  await form(phone).getByRole('button', { name: 'Se connecter' }).click();
  await restarted;
  await phone.goto(`${booth.url}/setup?lang=fr`);
  await phone.getByText('Il est connecté à « Mairie‑Public ».').waitFor();
});

test('the password can be shown, and the language changed', { timeout: 60_000 }, async (t) => {
  const { phone } = await arrive(t);
  await phone.getByText('Salle des fêtes').click();
  const field = form(phone).locator('input[name="password"]');
  assert.equal(await field.getAttribute('type'), 'password');
  await form(phone).getByRole('button', { name: 'Montrer' }).click();
  assert.equal(await field.getAttribute('type'), 'text');
  await phone.getByRole('link', { name: 'EN' }).click();
  await phone.getByRole('heading', { name: 'Connect the photo booth to Wi‑Fi' }).waitFor();
});

test('the server looks at what it gets: no name, short password, foreign page', {
  timeout: 60_000,
}, async (t) => {
  const dataDir = await makeDataDir(t);
  await writeFile(join(dataDir, 'network.json'), '{"reach":"none"}');
  const { url } = await startBooth(t, { DATA_DIR: dataDir });
  const post = (body: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${url}/setup?lang=en`, {
      method: 'POST',
      body: new URLSearchParams(body),
      headers,
      redirect: 'manual',
    });
  const told = async (body: Record<string, string>) => {
    const answer = await post(body);
    assert.equal(answer.status, 422);
    return /id="problem">([^<]*)</.exec(await answer.text())?.[1];
  };
  assert.equal(await told({ ssid: '' }), 'Give the name of the network (32 characters at most).');
  assert.equal(await told({ ssid: 'é'.repeat(17) }), 'Give the name of the network (32 characters at most).');
  assert.equal(
    await told({ ssid: 'Salle des fêtes', password: 'short' }),
    'A Wi‑Fi password has at least 8 characters. Check it and try again.',
  );
  const foreign = await post({ ssid: 'Mairie‑Public' }, { Origin: 'http://evil.example' });
  assert.equal(foreign.status, 403);
  assert.equal(((await (await fetch(`${url}/healthz`)).json()) as { network: string }).network, 'none');
});
