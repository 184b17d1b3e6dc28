/** Where photos go, and what becomes of them when the server, the event or the owner changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boothDatabase,
  eventDatabase,
  type PhotoDoc,
  type PreviewDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { createClock } from '../clock.ts';
import { hex24 } from './context.ts';
import { deleteDatabase, makeSite, settingsOf, startServer } from './site.ts';
import {
  makeEvent,
  openBooth,
  originals,
  type SyncingBooth,
  save,
  sha256,
  switchEvent,
} from './syncing-booth.ts';

test('each photo goes to the event that it was taken at, those of now first', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const second = await makeEvent(t, site);
  const sent: string[] = [];
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      if (init?.method === 'PUT' && String(input).includes('photo%3A'))
        sent.push(String(input).includes(second) ? 'second' : 'first');
      return fetch(input, init);
    },
  });
  const beforeAnyEvent = await save(booth.store);
  await booth.sync.cycle();
  booth.at(site.event);
  booth.online.is = false;
  const atTheFirst = await save(booth.store);
  booth.at(second);
  const atTheSecond = [await save(booth.store), await save(booth.store)];
  await switchEvent(site, second);
  booth.online.is = true;
  sent.length = 0;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(sent, ['second', 'second', 'first']);
  assert.deepEqual(await originals(site), [beforeAnyEvent, atTheFirst].map(sha256).sort());
  assert.deepEqual(await originals(site, second), atTheSecond.map(sha256).sort());
});

test('a booth that another customer has now keeps what it still owes to the one before, and sends it to nobody else', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  booth.online.is = false;
  const owed = await save(booth.store);
  // As pairing leaves it: the booth is at the new owner's event, and out of the other.
  const theirs = await makeEvent(t, site);
  await switchEvent(site, theirs);
  await site.provisioner.setEventBooths(site.event, []);
  const paired = await booth.restart({ binding: 'another' });
  assert.equal((await paired.boothDb.settings())?.event.id, undefined, 'the event before is forgotten');
  paired.at(theirs);
  const next = await save(paired.store);
  assert.equal((await paired.sync.cycle()).kind, 'incomplete');
  assert.deepEqual(await originals(site, theirs), [sha256(next)]);
  assert.deepEqual(await originals(site), []);
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 1 }, 'it is none of theirs');
  assert.deepEqual(status?.waiting, { [site.event]: 1 });
  assert.match(status?.refused[0]?.reason ?? '', /event that it was taken at/);
  assert.deepEqual(
    (await paired.store.list()).map(({ state }) => state),
    ['in-cloud', 'on-booth'],
  );
  // And back with the first owner, it gets there.
  await site.provisioner.setEventBooths(site.event, [site.booth]);
  assert.deepEqual(await paired.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(owed)]);
});

test('an event that was deleted keeps its photos on the booth; the next event gets its own', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  booth.online.is = false;
  await save(booth.store);
  await deleteDatabase(site.admin, eventDatabase(site.event));
  booth.online.is = true;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'stopped', reason: 'no-such-database' });
  const next = await makeEvent(t, site);
  await switchEvent(site, next);
  booth.at(next);
  const jpeg = await save(booth.store);
  assert.equal((await booth.sync.cycle()).kind, 'incomplete');
  assert.deepEqual(await originals(site, next), [sha256(jpeg)]);
  assert.deepEqual(
    (await booth.store.list()).map(({ state }) => state),
    ['in-cloud', 'on-booth'],
  );
});

test('a server that was restored from an older backup gets again what is still on the booth', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: 3_600_000 });
  booth.at(site.event);
  booth.previews.start();
  const taken = [await save(booth.store), await save(booth.store), await save(booth.store)];
  await booth.previewsMade();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.equal((await originals(site)).length, 3);

  await deleteDatabase(site.admin, eventDatabase(site.event));
  await site.provisioner.createEventDatabase(site.event);
  await site.provisioner.setEventBooths(site.event, [site.booth]);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  const previews = { startkey: 'preview:', endkey: 'preview;', limit: 10 };
  assert.equal((await site.couch.range(eventDatabase(site.event), previews)).length, 3);
});

test('what the server has lost while the booth was off is sent at its next start', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: 3_600_000 });
  booth.at(site.event);
  const jpeg = await save(booth.store);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  await deleteDatabase(site.admin, eventDatabase(site.event));
  await site.provisioner.createEventDatabase(site.event);
  await site.provisioner.setEventBooths(site.event, [site.booth]);
  const again = await booth.restart();
  assert.deepEqual(await again.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a photo that its owner removed is let go of, and not sent again', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: 3_600_000 });
  booth.at(site.event);
  booth.previews.start();
  await save(booth.store);
  const kept = await save(booth.store);
  await booth.previewsMade();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });

  const db = eventDatabase(site.event);
  const [photo] = await site.couch.range<PhotoDoc>(db, { startkey: 'photo:', endkey: 'photo;', limit: 1 });
  assert.ok(photo);
  const key = photo._id.split(':').slice(1, 4).join(':');
  const [at, until] = ['2026-07-15T10:00:00.000Z', '2026-07-22T10:00:00.000Z'];
  await site.couch.put(db, { _id: `mark:${key}`, type: 'mark', deleted: { at, by: 'camille', until } });
  const preview = await site.couch.get<PreviewDoc>(db, `preview:${key}`);
  for (const doc of [photo, preview]) if (doc) await site.couch.remove(db, doc._id, doc._rev);

  // Nothing says yet that it was meant: then it is a loss, and the booth keeps what it has.
  const again = await booth.restart();
  assert.equal((await again.sync.cycle()).kind, 'incomplete');
  await site.couch.put(db, { _id: `removal:${key}`, type: 'removal', at, by: 'camille' });
  assert.deepEqual(await again.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(kept)]);
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 2 });
});

test('a key that was revoked stops the booth, which keeps its photos; the new one brings them in', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  booth.online.is = false;
  const jpeg = await save(booth.store);
  await site.provisioner.removeDeviceKey(site.booth);
  booth.online.is = true;
  const stopped = { kind: 'stopped', reason: 'unauthorized' };
  assert.deepEqual(await booth.sync.cycle(), stopped);
  assert.equal((await booth.store.list())[0]?.state, 'on-booth');
  await site.provisioner.putDeviceKey(site.booth, 'another');
  const again = await booth.restart({ key: 'another', binding: 'again' });
  assert.deepEqual(await again.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), [sha256(jpeg)]);
});

test('a photo that was taken before there was an event is one of the event that it went to', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: 3_600_000 });
  await save(booth.store);
  assert.equal((await booth.store.list())[0]?.event, undefined);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  const eventOfIt = async ({ store }: SyncingBooth) => (await store.list())[0]?.event;
  assert.equal(await eventOfIt(booth), site.event);
  const again = await booth.restart();
  assert.equal(await eventOfIt(again), site.event);
  assert.deepEqual(await again.sync.cycle(), { kind: 'ok' });
  const status = await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 1 });
});

test('the time comes with the first answer, before the first photo goes', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const started = performance.now();
  const clock = createClock({ systemNow: () => performance.now() - started }); // wakes up in 1970
  const booth = await openBooth(t, site, { clock });
  booth.at(site.event);
  const taken = [await save(booth.store), await save(booth.store)];
  assert.match((await booth.store.list())[0]?.name ?? '', /1970/);
  booth.previews.start();
  await booth.previewsMade();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await originals(site), taken.map(sha256).sort());
  const docs = await site.couch.range<PhotoDoc | PreviewDoc>(eventDatabase(site.event), {
    ...{ startkey: 'p', endkey: 'q', limit: 10 },
  });
  assert.deepEqual(
    docs.map(({ type, n }) => [type, n]),
    [
      ['photo', 1],
      ['photo', 2],
      ['preview', 1],
      ['preview', 2],
    ],
  );
  for (const { takenAt, name } of docs) {
    assert.ok(Math.abs(Date.parse(takenAt) - Date.now()) < 60_000, takenAt);
    assert.match(name, new RegExp(String(new Date().getFullYear())));
  }
});

test('settings that come down late do not move photos that know their event', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const elsewhere = hex24();
  const booth = await openBooth(t, site);
  booth.at(elsewhere); // an event that this server has never had
  await save(booth.store);
  assert.equal((await booth.sync.cycle()).kind, 'incomplete');
  assert.deepEqual(await originals(site), []);
  assert.equal(settingsOf(site.event).event.id, site.event);
});
