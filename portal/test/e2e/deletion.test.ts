import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE } from './accessible.ts';
import { startProduct, until } from './product.ts';
import { boothPhotos, nextSaved, openGallery, pair, takePhoto, untilDownloadable } from './steps.ts';

test('a guest deletes her photo while the booth is off; back again, the booth lets go of it and says so', async (t) => {
  const product = await startProduct(t);
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await pair(kiosk, customer, login, product.portal.url);
  const saved = nextSaved(kiosk);
  await takePhoto(kiosk);
  const { shareUrl } = await saved;
  await takePhoto(kiosk);
  const [hers, other] = await boothPhotos(product).then((all) =>
    all.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  assert.ok(hers && other);
  await untilDownloadable(customer, product.portal.url, [hers.name, other.name]);
  const stateOf = async (id: string) => (await boothPhotos(product)).find((photo) => photo.id === id)?.state;
  await until(
    'the booth to know that it is in the cloud',
    async () => (await stateOf(hers.id)) === 'in-cloud',
  );
  await product.booth.stop();

  const guest = await product.open(shareUrl, { viewport: PHONE, hasTouch: true });
  await guest.getByRole('link', { name: 'Supprimer cette photo' }).click();
  await guest.getByRole('button', { name: 'Supprimer la photo' }).click();
  await guest.getByRole('heading', { name: 'Votre photo est supprimée' }).waitFor();
  assert.equal((await guest.goto(shareUrl))?.status(), 404);
  assert.equal((await guest.request.get(`${shareUrl}/screen`)).status(), 404);
  const shown = customer.locator('[data-photos] a');
  await openGallery(customer, product.portal.url);
  assert.equal(await shown.count(), 1);
  await customer.goto(`${customer.url()}?show=deleted`);
  await customer.goto(new URL((await shown.first().getAttribute('href')) ?? '', customer.url()).href);
  await customer.getByText('à sa prochaine synchronisation').waitFor();

  await product.startBooth();
  await until('the booth to be without her photo', async () => (await stateOf(hers.id)) === undefined);
  assert.equal(await stateOf(other.id), 'in-cloud');
  await until('the portal to say so', async () => {
    await customer.reload();
    return (await customer.getByText('n’est plus dans le photomaton').count()) === 1;
  });
});
