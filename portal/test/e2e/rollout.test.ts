import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import { openChromium } from '@photomaton/design-docs/chromium';
import {
  type BoothDoc,
  boothDatabase,
  boothDocId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import type { Page } from 'playwright-core';
import { givenBooth, type TestBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { logIn, setUpSecondFactor, startProduct, until } from './product.ts';
import { pair } from './steps.ts';

/** `SHOTS=FOLDER` keeps pictures of what is tested. */
async function keepShot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

const HOUR_MS = 3600_000;

test('an operator rolls settings out: at a desk in French until health falls, on a phone without scripts in English', async (t) => {
  const stack = await startStack(t);
  const { url, couch } = stack;
  const customer = await stack.account({ name: 'Camille M.', language: 'fr' });
  const booths: TestBooth[] = [];
  for (let i = 0; i < 4; i += 1) {
    const booth = await givenBooth(stack, customer.id);
    await booth.report(0);
    booths.push(booth);
  }
  const [first] = booths as [TestBooth];
  const settingsOf = ({ booth }: TestBooth) => couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
  const hold = async (countdownS: number) => {
    const all = await Promise.all(booths.map(settingsOf));
    return booths.filter((_, i) => all[i]?.countdownS === countdownS);
  };
  /** The booth applied what it holds, and is heard of so many hours later. */
  const says = async (booth: TestBooth, hours: number, refused?: string) => {
    const applied = { rev: (await settingsOf(booth))?._rev ?? '', at: new Date().toISOString() };
    const settings = refused ? { ...applied, refused: [{ name: refused, reason: 'too new' }] } : applied;
    await booth.report(0, new Date(Date.now() + hours * HOUR_MS), { settings });
  };
  const login = { email: 'odile@example.com', password: 'une phrase entière' };
  await stack.accounts.create({ role: 'operator', name: 'Odile', language: 'fr', ...login });
  const browser = await openChromium(t);

  const desk = await (await browser.newContext({ locale: 'fr-FR', viewport: DESKTOP })).newPage();
  await desk.goto(`${url}/fleet`);
  await logIn(desk, login);
  await setUpSecondFactor(desk);
  const codes = await desk.locator('#recovery-codes li').allTextContents();
  await desk.goto(`${url}/fleet/rollouts`);
  await desk.getByText('Aucun déploiement pour l’instant').waitFor();
  await assertAccessible(desk, 'no roll-out yet');
  await desk.goto(`${url}/fleet?q=camille`);
  await keepShot(desk, 'fleet-desk');
  await desk
    .getByRole('link', { name: 'Changer des réglages de tous les photomatons de cette recherche' })
    .click();
  await desk.getByText('4 photomatons', { exact: true }).waitFor();
  await desk.getByRole('button', { name: 'Commencer par un photomaton' }).click();
  await desk.getByText('Choisissez au moins un réglage').waitFor();
  await desk.locator('#countdownS').fill('7');
  await desk.locator('#voice').selectOption({ label: 'Non' });
  await desk.locator('#first').selectOption(first.booth);
  await assertAccessible(desk, 'form of a roll-out');
  await desk.setViewportSize(DESKTOP);
  await keepShot(desk, 'form-desk');
  await desk.getByRole('button', { name: 'Commencer par un photomaton' }).click();
  await desk.getByRole('heading', { name: /Déploiement du/ }).waitFor();
  await until('the first booth to get it', async () => (await hold(7)).length === 1);
  await says(first, 0);
  // Live: nobody loads the page again.
  await desk.getByText(/S’ils continuent d’aller bien, quelques photomatons le reçoivent dans/).waitFor();
  await assertAccessible(desk, 'roll-out under way');
  await desk.setViewportSize(DESKTOP);
  await keepShot(desk, 'running-desk');
  await says(first, 1.1);
  await until('a second booth to get it', async () => (await hold(7)).length === 2);
  const second = (await hold(7)).find(({ booth }) => booth !== first.booth) as TestBooth;
  await says(second, 0, 'countdownS');
  await desk.getByText('Annulé, tout est comme avant').waitFor({ timeout: 60_000 });
  await desk.getByText('refuse un réglage').waitFor();
  assert.equal((await hold(7)).length, 0);
  await assertAccessible(desk, 'roll-out that fell');
  await desk.setViewportSize(DESKTOP);
  await keepShot(desk, 'fell-desk');
  await desk.goto(`${url}/fleet/rollouts`);
  await desk.getByText(/Compte à rebours.*7/).waitFor();
  await assertAccessible(desk, 'list of roll-outs');
  await desk.setViewportSize(DESKTOP);
  await keepShot(desk, 'list-desk');
  await desk.goto(`${url}/audit?q=déploiement`);
  await desk.locator('td', { hasText: 'déploiement de réglages en échec, retour en arrière' }).waitFor();

  const phone = await browser.newContext({ locale: 'en-GB', viewport: PHONE, javaScriptEnabled: false });
  const away = await phone.newPage();
  await away.goto(`${url}/fleet/rollouts/new?lang=en`);
  await logIn(away, login);
  await away.locator('#code').fill(codes[0] ?? '');
  await away.locator('#code').press('Enter');
  await away.getByText('4 booths', { exact: true }).waitFor();
  await away.locator('#countdownS').fill('9');
  await away.locator('#noPin').check();
  await keepShot(away, 'form-phone');
  await away.getByRole('button', { name: 'Begin with one booth' }).click();
  await away.getByRole('heading', { name: /Roll-out of/ }).waitFor();
  await until('one booth to get it', async () => (await hold(9)).length === 1);
  await away.getByRole('button', { name: 'Go on now' }).click();
  await until('two booths to get it', async () => (await hold(9)).length === 2);
  await away.reload();
  await keepShot(away, 'running-phone');
  await away.getByRole('button', { name: 'Stop here' }).click();
  await away.getByText('Stopped').waitFor();
  assert.equal(await away.getByRole('button', { name: 'Go on now' }).count(), 0);
  await away.getByRole('button', { name: 'Roll back' }).click();
  await until('all to have what they had', async () => (await hold(9)).length === 0);
  await until('the page to say so', async () => {
    await away.reload();
    return (await away.getByText('Rolled back', { exact: true }).count()) > 0;
  });
  await keepShot(away, 'back-phone');
  await away.goto(`${url}/fleet/rollouts`);
  await keepShot(away, 'list-phone');
});

test('a real booth takes what is rolled out, and what it had when that is taken back', async (t) => {
  const product = await startProduct(t);
  const { url } = product.portal;
  const camille = await product.createCustomer('camille@example.com', 'Camille M.');
  const odile = await product.createOperator('odile@example.com', 'Odile');
  const couch = openCouch(await product.couchAdmin());
  const kiosk = await product.open(product.booth.url);
  await pair(kiosk, await product.open(url), camille, url);

  const desk = await product.open(`${url}/fleet`);
  await logIn(desk, odile);
  await setUpSecondFactor(desk);
  await desk.goto(`${url}/fleet`);
  await desk.locator('table a').first().click();
  const booth = new URL(desk.url()).pathname.slice('/fleet/'.length);
  const goesBy = async (countdownS: number) => {
    const settings = await couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
    const status = await couch.get<StatusDoc>(boothDatabase(booth), 'status');
    return settings?.countdownS === countdownS && status?.settings?.rev === settings._rev;
  };
  await until('the booth to go by its first settings', () => goesBy(3));
  await until('the board to have heard of it', async () => {
    await desk.goto(`${url}/fleet/rollouts/new`);
    return (await desk.locator('#first option').count()) === 2;
  });
  await desk.locator('#countdownS').fill('5');
  await desk.getByRole('button', { name: 'Commencer par un photomaton' }).click();
  await until('the booth to go by the new ones', () => goesBy(5));
  // Of one booth there is one stage.
  await desk.getByText(/S’ils continuent d’aller bien, le déploiement est terminé dans/).waitFor();
  await desk.getByRole('button', { name: 'Revenir en arrière' }).click();
  await until('the booth to go by what it had', () => goesBy(3));
  await desk.getByText('Annulé, tout est comme avant').waitFor({ timeout: 30_000 });
  const doc = await couch.get<BoothDoc>('fleet', boothDocId(booth));
  assert.equal(doc?.rollout, undefined);
});
