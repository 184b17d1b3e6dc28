import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, DESKTOP, PHONE } from './accessible.ts';
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

test('guests delete photos that are still on the booth: nobody sees them when they come, the customer finds them in the bin', async (t) => {
  const product = await startProduct(t);
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await pair(kiosk, customer, login, product.portal.url);
  await product.portal.stop();
  const links: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const saved = nextSaved(kiosk);
    await takePhoto(kiosk);
    links.push((await saved).shareUrl);
  }
  const [hers = '', theirs = '', other = ''] = links;
  await product.booth.stop();
  await product.startPortal();

  const guest = await product.open(hers, { viewport: PHONE, hasTouch: true });
  await guest.getByRole('heading', { name: 'Votre photo est encore dans le photomaton' }).waitFor();
  await assertAccessible(guest, 'waiting', [DESKTOP, PHONE]);
  await guest.getByRole('link', { name: 'Supprimer cette photo' }).click();
  await guest.getByRole('button', { name: 'Supprimer la photo' }).waitFor();
  await assertAccessible(guest, 'delete before it arrived', [DESKTOP, PHONE]);
  await guest.getByRole('button', { name: 'Supprimer la photo' }).click();
  await guest.getByRole('heading', { name: 'Votre photo est supprimée' }).waitFor();
  await assertAccessible(guest, 'deleted before it arrived', [DESKTOP, PHONE]);

  const another = await product.open(theirs, { locale: 'en', javaScriptEnabled: false });
  await another.getByRole('link', { name: 'Delete this photo' }).click();
  await another.getByRole('link', { name: 'Keep it' }).click();
  await another.getByRole('heading', { name: 'Your photo is still on the booth' }).waitFor();
  await another.getByRole('link', { name: 'Delete this photo' }).click();
  await another.getByRole('button', { name: 'Delete the photo' }).click();
  await another.getByRole('heading', { name: 'Your photo is deleted' }).waitFor();
  const areGone = async () => {
    for (const link of [hers, theirs]) assert.equal((await guest.goto(link))?.status(), 404);
  };
  await areGone();
  assert.equal((await guest.goto(other))?.status(), 200);

  // As the photos come, the gallery is looked at again and again.
  await openGallery(customer, product.portal.url);
  const gallery = customer.url();
  const countIn = async (show = '') => {
    await customer.goto(gallery + show);
    return await customer.locator('[data-photos] a').count();
  };
  await product.startBooth();
  await until('them in the bin', async () => {
    assert.ok((await countIn()) <= 1, 'nothing is seen that a guest deleted');
    return (await countIn('?show=deleted')) === 2;
  });
  await until('the other one in the gallery', async () => (await countIn()) === 1);
  await areGone();
  await until('the booth to have let go of them', async () => (await boothPhotos(product)).length === 1);
  await countIn('?show=deleted');
  const photo = await customer.locator('[data-photos] a').first().getAttribute('href');
  await customer.goto(new URL(photo ?? '', gallery).href);
  await customer.getByText('Un invité a supprimé').waitFor();
  await until('the portal to say so', async () => {
    await customer.reload();
    return (await customer.getByText('n’est plus dans le photomaton').count()) === 1;
  });
  await customer.getByRole('button', { name: 'Récupérer' }).click();
  await until('the other two in the gallery', async () => (await countIn()) === 2);
});
