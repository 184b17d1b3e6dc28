import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { logIn, setUpSecondFactor } from './product.ts';

test('an operator’s day: at a desk in French, on a phone without scripts in English', async (t) => {
  const stack = await startStack(t);
  const { url } = stack;
  const customer = await stack.account({ name: 'Camille M.', language: 'fr' });
  const booth = await givenBooth(stack, customer.id, { title: 'Noces' });
  await booth.add(1);
  await booth.report(3, new Date(), {
    disk: { freeBytes: 1e9, reserveBytes: 9.9e8 },
    camera: { problem: 'missing', since: '2026-07-14T12:00:00.000Z' },
  });
  const login = { email: 'odile@example.com', password: 'une phrase entière' };
  await stack.accounts.create({ role: 'operator', name: 'Odile', language: 'fr', ...login });
  const serial = booth.booth.slice(-4).toUpperCase();
  const browser = await openChromium(t);

  const desk = await (await browser.newContext({ locale: 'fr-FR', viewport: DESKTOP })).newPage();
  await desk.goto(`${url}/fleet`);
  await logIn(desk, login);
  await desk.waitForURL(/second-factor/);
  await assertAccessible(desk, 'second factor of an operator');
  await setUpSecondFactor(desk);
  const codes = await desk.locator('#recovery-codes li').allTextContents();
  await assertAccessible(desk, 'recovery codes');

  await desk.goto(`${url}/fleet`);
  await desk.locator('a', { hasText: serial }).waitFor();
  await desk.getByText('appareil photo en panne, disque presque plein').waitFor();
  await assertAccessible(desk, 'fleet');
  // Live: what the booth says next is there without anybody's doing.
  await booth.report(0);
  await desk.locator('td', { hasText: 'En ligne' }).waitFor();
  await desk.locator('#q').fill('personne');
  await desk.locator('#q').press('Enter');
  await desk.getByText('Aucun photomaton ne correspond').waitFor();
  await desk.getByRole('link', { name: 'Tous les montrer' }).click();
  await desk.getByRole('link', { name: '1 En ligne' }).click();
  await desk.locator('[aria-current="true"]', { hasText: 'En ligne' }).waitFor();
  await desk.getByLabel('Ordre').selectOption('En attente d’abord');
  await desk.getByRole('button', { name: 'Chercher' }).click();
  // What a keyboard holds is still in hand when the list comes anew.
  await desk.getByRole('region', { name: 'Photomatons' }).focus();
  await booth.report(4);
  await desk.locator('td', { hasText: /^4$/ }).waitFor();
  assert.equal(await desk.evaluate(() => document.activeElement?.id), 'table');

  await desk.goto(`${url}/fleet/${booth.booth}`);
  await assertAccessible(desk, 'booth');
  // What has to be mended is where one looks, at the foot of a long page.
  await desk.getByRole('button', { name: 'Révoquer sa clé' }).click();
  await desk.locator('#sure:focus').waitFor();
  await desk.getByLabel('Adresse e-mail du client').fill('nobody@example.com');
  await desk.getByRole('button', { name: 'Le donner à un autre client' }).click();
  await desk.locator('#email:focus').waitFor();
  assert.equal(await desk.locator('#email').inputValue(), 'nobody@example.com');
  const invited = await stack.accounts.create({
    ...{ role: 'customer', name: 'Noé', email: 'noe@exemple.invalid', language: 'fr' },
  });
  await desk.goto(`${url}/customers/${invited.kind === 'created' ? invited.account.id : ''}`);
  await desk.getByLabel('La bonne adresse').fill(customer.email);
  await desk.getByRole('button', { name: 'Inviter à cette adresse' }).click();
  await desk.getByText('Cette adresse a déjà un compte').waitFor();
  await desk.locator('#email:focus').waitFor();
  await assertAccessible(desk, 'an invitation’s address');
  await desk.locator('#email').fill('noe@exemple.test');
  await desk.locator('#email').press('Enter');
  await desk.locator('#invitation-link').waitFor();
  await desk.goto(`${url}/customers`);
  await desk.locator('#q').fill('CAMILLE');
  await desk.locator('#q').press('Enter');
  await assertAccessible(desk, 'customers that were searched for');
  await desk.getByRole('link', { name: 'Camille M.' }).click();
  await desk.getByRole('link', { name: 'Dans le journal' }).click();
  await desk.getByRole('heading', { name: 'Journal' }).waitFor();
  await desk.goto(`${url}/customers/${customer.id}`);
  await assertAccessible(desk, 'customer');
  await desk.getByRole('button', { name: 'Agir pour ce client' }).click();
  await desk.getByText('Vous agissez pour Camille M.').waitFor();
  await assertAccessible(desk, 'acting');
  await desk.getByRole('button', { name: 'Arrêter' }).click();
  await desk.getByRole('heading', { name: 'Camille M.' }).waitFor();

  const phone = await browser.newContext({ locale: 'en-GB', viewport: PHONE, javaScriptEnabled: false });
  const away = await phone.newPage();
  await away.goto(`${url}/customers?lang=en`);
  await logIn(away, login);
  await away.locator('#code').fill(codes[0] ?? '');
  await away.locator('#code').press('Enter');
  await away.getByRole('link', { name: 'Camille M.' }).click();
  await away.getByRole('button', { name: 'Act for this customer' }).click();
  await away.getByText('You act for Camille M.').waitFor();
  await away.goto(`${url}/events/${booth.event}`);
  await away.locator('[data-photos] img').first().waitFor();
  await away.getByRole('button', { name: 'Stop' }).click();
  await away.getByRole('button', { name: 'Suspend' }).click();
  await away.getByText('Suspended: cannot log in').waitFor();
  await away.getByRole('button', { name: 'Let in again' }).click();
  await away.getByText('Active').waitFor();

  await away.goto(`${url}/fleet/${booth.booth}`);
  await away.locator('#notes').fill('Leather case');
  await away.getByRole('button', { name: 'Save' }).click();
  await away.getByText('Saved.').waitFor();
  await away.locator('#sure').check();
  await away.getByRole('button', { name: 'Revoke its key' }).click();
  await away.getByText('Its key is revoked').waitFor();

  await desk.goto(`${url}/audit`);
  await desk.locator('td', { hasText: 'clé du photomaton révoquée' }).waitFor();
  await assertAccessible(desk, 'trail');
  await desk.locator('#q').fill('acting');
  await desk.locator('#q').press('Enter');
  await desk.locator('td', { hasText: 'a commencé à agir pour un client' }).first().waitFor();
  assert.equal(await desk.locator('td', { hasText: 'clé du photomaton révoquée' }).count(), 0);
});
