import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  boothDatabase,
  type DeletionDoc,
  deletionId,
  keyText,
  parsePhotoId,
  type ReceiptDoc,
  receiptId,
  type UnwantedDoc,
} from '@photomaton/design-docs/docs';
import { isOf } from '../photos-api.ts';
import type { PhotoEntry } from '../store/store.ts';
import { makeSite, type Site, startServer } from './site.ts';
import { openBooth, originals, type SyncingBooth, save, sha256 } from './syncing-booth.ts';

const A_DAY_MS = 24 * 3600_000;

const keyOf = ({ id }: PhotoEntry): string => {
  const key = parsePhotoId(id);
  assert.ok(key);
  return keyText(key);
};
const deleteInPortal = (site: Site, photo: PhotoEntry) =>
  site.couch.put<DeletionDoc>(boothDatabase(site.booth), {
    ...{ _id: deletionId(keyOf(photo)), type: 'deletion', at: new Date().toISOString() },
  });
const receiptOf = (site: Site, photo: PhotoEntry) =>
  site.couch.get<ReceiptDoc>(boothDatabase(site.booth), receiptId(keyOf(photo)));
const shown = async ({ store }: SyncingBooth, site: Site) =>
  (await store.list()).filter((photo) => isOf(site.event, photo)).map(({ name }) => name);

const sha256Of = async ({ store }: SyncingBooth, { id }: PhotoEntry) =>
  sha256((await store.picture(id, 'original')) ?? Buffer.alloc(0));

test('a photo that was deleted while the booth was away goes from it too, with a receipt', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let booth = await openBooth(t, site, { keepLocalMs: A_DAY_MS });
  booth.at(site.event);
  booth.previews.start();
  const [first, second] = [await save(booth.store), await save(booth.store)];
  await booth.previewsMade();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  const [newer, older] = (await booth.store.list()) as [PhotoEntry, PhotoEntry];
  assert.equal(await sha256Of(booth, older), sha256(first));

  booth.online.is = false;
  await deleteInPortal(site, older);
  await booth.sync.cycle();
  assert.deepEqual(await shown(booth, site), [newer.name, older.name], 'it has not heard of it');
  assert.equal(await receiptOf(site, older), undefined);

  booth.online.is = true;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.ok((await receiptOf(site, older))?.at);
  for (const again of [false, true]) {
    if (again) booth = await booth.restart();
    assert.deepEqual(await shown(booth, site), [newer.name]);
    for (const picture of ['thumbnail', 'screen', 'original'] as const)
      assert.equal(await booth.store.picture(older.id, picture), undefined);
    assert.equal(await sha256Of(booth, newer), sha256(second));
  }
  assert.deepEqual(await originals(site), [first, second].map(sha256).sort(), 'the cloud has its own bin');
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.equal((await receiptOf(site, older))?._rev.slice(0, 2), '1-', 'said once');
});

test('one that the cloud has not got is hidden at once, and let go of when it is safe there', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let refuses = true;
  const booth = await openBooth(t, site, {
    keepLocalMs: A_DAY_MS,
    fetch: (input, init) =>
      refuses && init?.method === 'PUT' && String(input).includes('new_edits=false')
        ? Promise.resolve(Response.json({ error: 'busy' }, { status: 503 }))
        : fetch(input, init),
  });
  booth.at(site.event);
  const jpeg = await save(booth.store);
  const [photo] = (await booth.store.list()) as [PhotoEntry];
  await deleteInPortal(site, photo);
  await booth.sync.cycle();
  assert.deepEqual(await shown(booth, site), []);
  assert.equal((await readdir(join(booth.dir, 'photos'))).length, 1, 'the only one that there is');
  assert.equal(await receiptOf(site, photo), undefined);

  refuses = false;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
  assert.deepEqual(await readdir(join(booth.dir, 'photos')), []);
  assert.deepEqual(await booth.store.list(), []);
  assert.ok(await receiptOf(site, photo));
});

test('one that was brought back before the booth could let go of it is shown again', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let refuses = true;
  const booth = await openBooth(t, site, {
    fetch: (input, init) =>
      refuses && init?.method === 'PUT' && String(input).includes('new_edits=false')
        ? Promise.resolve(Response.json({ error: 'busy' }, { status: 503 }))
        : fetch(input, init),
  });
  booth.at(site.event);
  await save(booth.store);
  const [photo] = (await booth.store.list()) as [PhotoEntry];
  const { rev } = await deleteInPortal(site, photo);
  await booth.sync.cycle();
  assert.deepEqual(await shown(booth, site), []);
  await site.couch.remove(boothDatabase(site.booth), deletionId(keyOf(photo)), rev);
  refuses = false;
  await booth.sync.cycle();
  assert.deepEqual(await shown(booth, site), [photo.name]);
});

test('one that a guest deleted before it was sent is hidden at once, sent, and kept until the portal has said what becomes of it', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: A_DAY_MS });
  booth.at(site.event);
  const jpegs = [await save(booth.store), await save(booth.store)];
  const [newer, older] = (await booth.store.list()) as [PhotoEntry, PhotoEntry];
  const nobodyWants = (...photos: number[]) =>
    site.couch.update<UnwantedDoc>(boothDatabase(site.booth), 'unwanted', () => ({
      ...{ _id: 'unwanted', type: 'unwanted', photos },
    }));
  await nobodyWants(older.n);
  await deleteInPortal(site, newer);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await shown(booth, site), []);
  assert.deepEqual(await originals(site), jpegs.map(sha256).sort());
  assert.ok(await receiptOf(site, newer));
  assert.equal(await receiptOf(site, older), undefined);

  await nobodyWants();
  await booth.sync.cycle();
  assert.deepEqual(await shown(booth, site), [older.name], 'guests may not delete at its event');
  assert.equal(await sha256Of(booth, older), sha256(jpegs[0] ?? Buffer.alloc(0)));
});

test('one that is deleted before its small pictures are made does not stand in their way', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  await save(booth.store);
  await save(booth.store);
  const [, older] = (await booth.store.list()) as [PhotoEntry, PhotoEntry];
  booth.store.hide([older.n]);
  booth.previews.start();
  await booth.previewsMade();
});
