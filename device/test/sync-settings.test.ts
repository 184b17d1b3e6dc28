import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothDatabase, type SettingsDoc, type StatusDoc } from '@photomaton/design-docs/docs';
import { makeSite, type Site, startServer } from './site.ts';
import { makeEvent, openBooth, originals, save, switchEvent } from './syncing-booth.ts';

const change = (site: Site, over: Partial<SettingsDoc>) =>
  site.couch.update<SettingsDoc>(
    boothDatabase(site.booth),
    'settings',
    (found) => found && { ...found, ...over },
  );
const statusOf = (site: Site) => site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');

/** So many hours from now, by the clock on the wall. */
const hour = (fromNow: number) => new Date(Date.now() + fromNow * 3600_000).toTimeString().slice(0, 5);

test('the portal hears in the same cycle which settings the booth goes by', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  for (const countdownS of [5, 7]) {
    const doc = await change(site, { countdownS });
    await booth.sync.cycle();
    const status = await statusOf(site);
    assert.equal(status?.settings?.rev, doc?._rev);
    assert.equal(status?.settings?.refused, undefined);
  }
});

test('photos wait for the hours in which they may travel, and that is no failure', async (t) => {
  const site = await makeSite(t, await startServer(t));
  await change(site, { sendBetween: { from: hour(2), to: hour(3) } });
  const booth = await openBooth(t, site);
  assert.equal((await booth.sync.cycle()).kind, 'ok', 'nothing waits');
  await save(booth.store);
  assert.equal((await booth.sync.cycle()).kind, 'later');
  assert.deepEqual(await originals(site), []);
  const waiting = await statusOf(site);
  assert.equal(waiting?.photos.onBooth, 1);
  assert.equal(waiting?.lastSync?.outcome, 'ok');
  await change(site, { sendBetween: { from: hour(-1), to: hour(1) } });
  assert.equal((await booth.sync.cycle()).kind, 'ok');
  assert.equal((await originals(site)).length, 1);
});

test('an event that the booth has left is named for as long as something is still to be sent to it', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  await save(booth.store);
  const next = await makeEvent(t, site);
  await switchEvent(site, next);
  await change(site, { sendBetween: { from: hour(2), to: hour(3) } });
  await booth.sync.cycle();
  assert.deepEqual((await statusOf(site))?.owes, [site.event]);
  await change(site, { sendBetween: { from: hour(-1), to: hour(1) } });
  assert.equal((await booth.sync.cycle()).kind, 'ok');
  assert.equal((await statusOf(site))?.owes, undefined);
  assert.equal((await originals(site)).length, 1);
});

test('the portal hears which event was chosen on the booth, for as long as the choice holds', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let chosen: string | undefined = 'c'.repeat(24);
  const booth = await openBooth(t, site, { choseEvent: () => chosen });
  await booth.sync.cycle();
  assert.equal((await statusOf(site))?.choseEvent, chosen);
  chosen = undefined;
  await booth.sync.cycle();
  const status = await statusOf(site);
  assert.ok(status && !('choseEvent' in status));
});
