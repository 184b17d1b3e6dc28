import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChromium } from '@photomaton/design-docs/chromium';
import { givenBooth } from '../booth-with-photos.ts';
import { startStack } from '../stack.ts';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
import { logIn } from './product.ts';

const WORDS = {
  fr: {
    ...{ sharing: 'Partage', make: 'Créer le lien', password: 'Mot de passe', print: 'Feuille à imprimer' },
    ...{
      see: 'Voir les photos',
      all: 'Tout télécharger',
      save: 'Enregistrer la photo',
      next: 'Plus ancienne',
    },
    ...{ revoke: 'Retirer le lien', over: 'Ce lien n’ouvre rien, ou plus rien' },
    ...{ delete: 'Supprimer cette photo', yes: 'Supprimer la photo', deleted: 'Votre photo est supprimée' },
  },
  en: {
    ...{ sharing: 'Sharing', make: 'Make the link', password: 'Password', print: 'Sheet to print' },
    ...{ see: 'See the photos', all: 'Download all', save: 'Save the photo', next: 'Older' },
    ...{ revoke: 'Take the link back', over: 'This link opens nothing (any more)' },
    ...{ delete: 'Delete this photo', yes: 'Delete the photo', deleted: 'Your photo is deleted' },
  },
} as const;

test('a customer shares her event, and a guest sees its photos until the link is taken back', async (t) => {
  const stack = await startStack(t);
  const browser = await openChromium(t);
  for (const [lang, isScripted] of [
    ['fr', true],
    ['en', false],
  ] as const) {
    const words = WORDS[lang];
    const owner = await stack.account({ language: lang });
    const booth = await givenBooth(stack, owner.id, { title: 'Camille & Noé' });
    await booth.add(7);
    const customer = await browser.newPage({
      viewport: DESKTOP,
      locale: lang,
      javaScriptEnabled: isScripted,
    });
    await customer.goto(`${stack.url}/events/${booth.event}`);
    await logIn(customer, owner);
    await customer.getByRole('link', { name: words.sharing, exact: true }).click();
    if (isScripted) await assertAccessible(customer, 'no link');
    await customer.getByLabel(words.password, { exact: true }).fill('confetti');
    await customer.getByRole('button', { name: words.make }).click();
    const link = customer.locator('a[href*="/g/"]');
    const address = new URL((await link.getAttribute('href')) ?? '');
    if (isScripted) await assertAccessible(customer, 'sharing');
    await customer.getByRole('link', { name: words.print }).click();
    await customer.getByText(address.href).waitFor();
    if (isScripted) await assertAccessible(customer, 'sheet');

    const guest = await browser.newPage({ viewport: PHONE, locale: lang, javaScriptEnabled: isScripted });
    await guest.goto(stack.url + address.pathname);
    if (isScripted) await assertAccessible(guest, 'password');
    await guest.getByLabel(words.password).fill('confetti');
    await guest.getByRole('button', { name: words.see }).click();
    await guest.getByRole('heading', { name: 'Camille & Noé' }).waitFor();
    // The heading is there before the rest of the page.
    await guest.waitForLoadState();
    assert.equal(await guest.locator('.photos__picture').count(), 7);
    if (isScripted) await assertAccessible(guest, 'photos');
    const zip = guest.waitForEvent('download');
    await guest.getByRole('link', { name: words.all }).click();
    assert.equal((await zip).suggestedFilename(), 'Camille & Noé.zip');
    await guest.locator('.photos__link').first().click();
    await guest.getByRole('link', { name: words.next }).click();
    const photo = guest.waitForEvent('download');
    await guest.getByRole('link', { name: words.save }).click();
    assert.match((await photo).suggestedFilename(), /^\d\d[A-Z][a-z]{2}\d{4}_\d{6}\.jpg$/);
    if (isScripted) await assertAccessible(guest, 'photo');

    await customer.goBack();
    await customer.getByRole('button', { name: words.revoke }).click();
    await customer.getByRole('button', { name: words.make }).waitFor();
    await guest.reload();
    await guest.goto(stack.url + address.pathname);
    await guest.getByRole('heading', { name: words.over }).waitFor();
    if (isScripted) await assertAccessible(guest, 'over');

    // Her own photo, by the link that the booth gave her.
    await guest.goto(stack.url + booth.sharePath(1));
    await guest.getByRole('link', { name: words.delete }).click();
    await guest.getByRole('button', { name: words.yes }).waitFor();
    if (isScripted) await assertAccessible(guest, 'delete');
    await guest.getByRole('button', { name: words.yes }).click();
    await guest.getByRole('heading', { name: words.deleted }).waitFor();
    if (isScripted) await assertAccessible(guest, 'deleted');
    await customer.goto(`${stack.url}/events/${booth.event}?show=deleted`);
    assert.equal(await customer.locator('.photos__picture').count(), 1);
    await Promise.all([customer.close(), guest.close()]);
  }
});
