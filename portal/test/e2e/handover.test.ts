import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import { boothDatabase, type RotationDoc, rotationId, type StatusDoc } from '@photomaton/design-docs/docs';
import { assertAccessible, PHONE } from './accessible.ts';
import { logIn, setUpSecondFactor, startProduct, until } from './product.ts';
import { boothPhotos, openGallery, pair, takePhoto, untilDownloadable } from './steps.ts';

test('an operator gives a booth another key and another customer, while guests take photos', async (t) => {
  const product = await startProduct(t);
  const { url } = product.portal;
  const [camille, zoe] = [
    await product.createCustomer('camille@example.com', 'Camille M.'),
    await product.createCustomer('zoe@example.com', 'Zoé'),
  ];
  const odile = await product.createOperator('odile@example.com', 'Odile');
  const couch = openCouch(await product.couchAdmin());
  const kiosk = await product.open(product.booth.url);
  const hers = await product.open(url);
  await pair(kiosk, hers, camille, url);
  await takePhoto(kiosk);
  const [first] = await boothPhotos(product);
  assert.ok(first);
  await untilDownloadable(hers, url, [first.name]);
  const gallery = hers.url();

  const desk = await product.open(`${url}/fleet`);
  await logIn(desk, odile);
  await setUpSecondFactor(desk);
  await desk.goto(`${url}/fleet`);
  await desk.locator('table a').first().click();
  const booth = new URL(desk.url()).pathname.slice('/fleet/'.length);
  const status = () => couch.get<StatusDoc>(boothDatabase(booth), 'status');
  await until('the booth to say that it can take a key', async () => (await status())?.publicKey);
  await desk.reload();
  await assertAccessible(desk, 'booth of an operator');
  await desk.getByRole('button', { name: 'Lui donner une autre clé' }).click();
  await until('the new key to be in force', async () => {
    const isOver = (await couch.get<RotationDoc>('fleet', rotationId(booth))) === undefined;
    return isOver && product.booth.log().includes('the new device key is in use');
  });

  await desk.reload();
  await desk.locator('#email').fill('nobody@example.com');
  await desk.getByRole('button', { name: 'Le donner à un autre client' }).click();
  await desk.getByText('Aucun autre client n’a cette adresse.').waitFor();
  await assertAccessible(desk, 'no such customer');
  const event = async () => (await status())?.event;
  const before = await event();
  await desk.locator('#email').fill(zoe.email);
  await desk.getByRole('button', { name: 'Le donner à un autre client' }).click();
  await desk.getByRole('link', { name: 'Zoé' }).waitFor();

  await until('the booth to hear of it', async () => (await event()) !== before);
  await takePhoto(kiosk);
  const second = await until('the second photo', async () =>
    (await boothPhotos(product)).find(({ name }) => name !== first.name),
  );

  const mine = await product.open(url, { locale: 'en-GB', viewport: PHONE });
  await logIn(mine, zoe);
  await openGallery(mine, url);
  assert.deepEqual([...(await untilDownloadable(mine, url, [second.name])).keys()], [second.name]);
  await hers.goto(gallery);
  assert.equal(await hers.locator('[data-photos] a').count(), 1, 'what was hers is, and no more');
  await mine.goto(`${url}/booths/${booth}`);
  await assertAccessible(mine, 'booth of its new owner');
  assert.ok(!(await mine.content()).includes('Camille'));
});
