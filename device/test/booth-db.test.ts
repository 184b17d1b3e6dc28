import assert from 'node:assert/strict';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLevelDb } from '@photomaton/couch/leveldb';
import {
  boothDatabase,
  boothUser,
  type StatusDoc,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { isNews } from '../sync/booth-db.ts';
import { openLine } from '../sync/line.ts';
import { tempFolder } from './context.ts';
import { makeSite, openBoothDbIn, settingsOf, startServer } from './site.ts';

const status: StatusDoc = {
  ...{
    _id: 'status',
    type: 'status',
    at: '2026-07-14T12:00:00.000Z',
    version: '1',
    waiting: {},
    refused: [],
  },
  photos: { onBooth: 0, uploading: 0, inCloud: 3 },
  disk: { freeBytes: 5e9, reserveBytes: 1e9 },
  lastSync: { at: '2026-07-14T12:00:00.000Z', outcome: 'ok' },
};
const later = '2026-07-14T12:05:00.000Z';
/** PouchDB has another idea of a document's `filters`. */
const putSettings = (db: PouchDB.Database) => db.put(settingsOf('e'.repeat(24)) as { _id: string });

test('time alone, and a little free space, are no news; everything else is', () => {
  const cases: [Partial<StatusDoc>, boolean][] = [
    [{ at: later, lastSync: { at: later, outcome: 'ok' } }, false],
    [{ disk: { freeBytes: 5e9 - 1e6, reserveBytes: 1e9 } }, false],
    [{ disk: { freeBytes: 4e9, reserveBytes: 1e9 } }, true],
    [{ photos: { onBooth: 1, uploading: 0, inCloud: 3 } }, true],
    [{ waiting: { ['a'.repeat(24)]: 1 } }, true],
    [{ refused: [{ id: 'photo:1', reason: 'no' }] }, true],
    [{ lastSync: { at: later, outcome: 'failed', problem: 'busy' } }, true],
    [{ version: '2' }, true],
    [{ at: '2026-07-14T12:10:00.000Z' }, true], // ten minutes later it says so again
  ];
  for (const [change, news] of cases) {
    assert.equal(isNews(status, { ...status, ...change }), news, JSON.stringify(change));
  }
});

test('settings are there when they came down, also after a restart; the status is written when it is news', async (t) => {
  const dir = await tempFolder(t);
  const portal = await openLevelDb(join(await tempFolder(t), 'portal'));
  t.after(() => portal.close());
  await putSettings(portal);

  const first = await openBoothDbIn(dir);
  assert.equal(await first.settings(), undefined);
  await first.pull(portal);
  await first.putStatus(status);
  await first.putStatus({ ...status, at: later });
  await first.push(portal);
  await first.close();
  assert.match((await portal.get('status'))._rev, /^1-/);

  const second = await openBoothDbIn(dir);
  t.after(() => second.close());
  assert.equal((await second.settings())?.event.id, 'e'.repeat(24));
  await second.putStatus({ ...status, version: '2' });
  await second.push(portal);
  assert.match((await portal.get('status'))._rev, /^2-/);
  assert.deepEqual((await second.status())?.lastSync, status.lastSync);
});

test('a template comes down from the server with its picture, bit for bit, and stays', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const database = boothDatabase(site.booth);
  const jpeg = await readFile(new URL('../camera/player/coffee.jpg', import.meta.url));
  const id = templateId('classic');
  const layout = { name: 'classic', version: 1 };
  const template: TemplateDoc = { _id: id, type: 'template', ...layout, layout };
  const background = { content_type: 'image/jpeg', data: jpeg.toString('base64') };
  await site.couch.put(database, { ...template, _attachments: { 'background.jpg': background } });

  const dir = await tempFolder(t);
  const booth = await openBoothDbIn(dir);
  const auth = { username: boothUser(site.booth), password: site.key };
  // As a cycle does: an attachment that PouchDB cannot take from the line would end the process.
  const { fetch } = openLine({
    fetch: globalThis.fetch,
    signal: new AbortController().signal,
    stallMs: 10_000,
  });
  await booth.pull(new PouchDB(`${site.admin.url}/${database}`, { auth, fetch, skip_setup: true }));
  await booth.close();

  const kept = await openLevelDb<TemplateDoc>(join(dir, 'booth-db'));
  t.after(() => kept.close());
  assert.equal((await kept.get(id)).version, 1);
  const picture = Buffer.from((await kept.getAttachment(id, 'background.jpg')) as Buffer);
  assert.deepEqual(picture, jpeg);
});

test('a line that breaks while PouchDB counts its progress ends the pull at most, never the process', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const url = `${site.admin.url}/${boothDatabase(site.booth)}`;
  const auth = { username: boothUser(site.booth), password: site.key };
  let asked = 0;
  const breaking: typeof fetch = (input, init) => {
    const { pathname } = new URL(String(input));
    if (pathname === new URL(`${url}/`).pathname) {
      asked += 1;
      if (asked > 1) return Promise.reject(new TypeError('fetch failed'));
    }
    return fetch(input, init);
  };

  const booth = await openBoothDbIn(await tempFolder(t));
  t.after(() => booth.close());
  // A rejection that nobody handles fails this test by itself.
  await booth.pull(new PouchDB(url, { auth, fetch: breaking, skip_setup: true }));
  assert.ok(asked > 1, 'the line broke where it was to break');
  assert.equal((await booth.settings())?.event.id, site.event);
});

test('the settings of whoever had the booth before are gone with the next pairing', async (t) => {
  const dir = await tempFolder(t);
  const portal = await openLevelDb(join(await tempFolder(t), 'portal'));
  t.after(() => portal.close());
  await putSettings(portal);
  const first = await openBoothDbIn(dir, 'the first');
  await first.pull(portal);
  await first.close();
  const same = await openBoothDbIn(dir, 'the first');
  assert.ok(await same.settings());
  await same.close();
  const next = await openBoothDbIn(dir, 'the second');
  t.after(() => next.close());
  assert.equal(await next.settings(), undefined);
  await next.pull(portal);
  assert.ok(await next.settings(), 'and what comes down stays');
});

test('a database that the disk has damaged is set aside, and comes down again', async (t) => {
  const dir = await tempFolder(t);
  const first = await openBoothDbIn(dir);
  await first.putStatus(status);
  await first.close();
  await rm(join(dir, 'booth-db', 'CURRENT'));
  const second = await openBoothDbIn(dir);
  t.after(() => second.close());
  assert.equal(await second.status(), undefined);
  assert.match((await readdir(join(dir, 'set-aside'))).join(), /_booth-db$/);
});
