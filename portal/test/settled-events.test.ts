import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stored } from '@photomaton/couch';
import {
  BACKDROP_ATTACHMENT,
  boothDatabase,
  type EventDoc,
  eventDatabase,
  eventDocId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { bringBooth, createEvent } from '../events/create-event.ts';
import { erasedAt } from '../events/retention.ts';
import { settleBooth } from '../events/settle-booth.ts';
import { sweepFleet } from '../events/sweep.ts';
import { givenBooth } from './booth-with-photos.ts';
import { CALLS_APART, FIRST_CALL, survived } from './dying.ts';
import { randomId, stageFleet } from './fleet-stage.ts';

test('a booth that is brought to another event is let in there, and out of the one before when it has sent all', async (t) => {
  const { stack, parts, newEvent, sweep, whereIs, mayAdd, hears, eventOf } = await stageFleet(t);
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  const next = await newEvent(owner, { languages: ['en'], modes: ['strip'], accent: '#00ff7f' });
  await bringBooth(parts, booth.booth, next);
  assert.deepEqual(await whereIs(booth), { fleet: next.event, last: next.event, settings: next.event });
  const settings = await stack.couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
  assert.deepEqual(
    [settings?.language, settings?.modes, settings?.event.accent, settings?.event.title],
    ['en', ['strip'], '#00ff7f', 'Mariage'],
  );

  for (const [what, over] of [
    ['it has not heard', { settings: { rev: `1-${'0'.repeat(32)}`, at: new Date().toISOString() } }],
    ['it holds photos', { waiting: { [booth.event]: 2 } }],
    ['it holds a film', { owes: [booth.event] }],
  ] satisfies [string, Partial<StatusDoc>][]) {
    await hears(booth, over);
    await sweep();
    assert.equal(await mayAdd(booth, booth.event), 200, what);
  }
  await hears(booth);
  await sweep();
  assert.equal(await mayAdd(booth, booth.event), 403);
  assert.equal(await mayAdd(booth, next.event), 200);
  assert.deepEqual((await eventOf(booth.event))?.booths, []);
  const before = settings?._rev;
  await sweep();
  assert.equal((await stack.couch.get(boothDatabase(booth.booth), 'settings'))?._rev, before, 'nothing new');
});

test('a new event with its booth may be cut short at any call: the sweep completes it', async (t) => {
  const { stack, parts, dying, sweep, whereIs, mayAdd, hears, eventOf } = await stageFleet(t);
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const event = randomId();
    const party = { event, owner, title: 'Fête', kind: 'party' as const, joining: [booth.booth] };
    isWhole = await survived(() =>
      createEvent(dying(calls), { ...party, createdAt: new Date().toISOString() }),
    );
    await sweep();
    const made = await eventOf(event);
    if (!made) continue;
    assert.equal(made.joining, undefined, `cut after ${calls}`);
    assert.deepEqual(await whereIs(booth), { fleet: event, last: event, settings: event }, `after ${calls}`);
    assert.equal(await mayAdd(booth, event), 200, `cut after ${calls}`);
    await hears(booth);
    await settleBooth(parts, booth.booth); // out of the event before, for which it would be asked every time
    assert.ok(calls < 60, 'it ends');
  }
});

test('pictures on their way to a booth may be cut short at any call: the sweep completes it', async (t) => {
  const { stack, dying, sweep, eventOf } = await stageFleet(t);
  const { booth, event } = await givenBooth(stack, (await stack.account()).id);
  const put = (id: string) => ({ content_type: 'image/jpeg', data: Buffer.from(id).toString('base64') });
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    // Another picture, and every other time none.
    await stack.couch.update<EventDoc & { _attachments?: object }>('fleet', eventDocId(event), (found) => {
      const { _attachments, ...rest } = found as EventDoc & Stored;
      const logo = { 'logo.webp': { ...put('logo'), content_type: 'image/webp' } };
      return {
        ...rest,
        _attachments: { ...logo, ...(calls % 2 === 0 && { [BACKDROP_ATTACHMENT]: put(`sea ${calls}`) }) },
      };
    });
    isWhole = await survived(() => settleBooth(dying(calls), booth));
    await sweep();
    const settings = await stack.couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
    const digestsOf = (doc: Partial<Stored> | undefined) =>
      Object.entries(doc?._attachments ?? {}).map(([name, { digest }]) => [name, digest]);
    const hung = await eventOf(event);
    assert.deepEqual(digestsOf(settings).sort(), digestsOf(hung).sort(), `cut after ${calls}`);
    assert.equal(settings?.greenScreen, settings?._attachments?.[BACKDROP_ATTACHMENT]?.digest);
    assert.ok(calls < 60, 'it ends');
  }
});

test('two nodes that move a booth at once agree in the end', async (t) => {
  const { stack, parts, newEvent, whereIs, mayAdd } = await stageFleet(t);
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  const events = [await newEvent(owner), await newEvent(owner)];
  await Promise.all(events.map((event) => bringBooth(parts, booth.booth, event)));
  const { fleet, settings } = await whereIs(booth);
  assert.ok(events.some(({ event }) => event === fleet));
  assert.equal(settings, fleet);
  assert.equal(await mayAdd(booth, fleet ?? ''), 200);
});

test('nodes of two versions that do not agree do not write in turns for ever', async (t) => {
  const { stack, parts, whereIs } = await stageFleet(t);
  const booth = await givenBooth(stack, (await stack.account()).id);
  const db = boothDatabase(booth.booth);
  let writes = 0;
  /** After each write of ours, a node of another version writes what it thinks is right. */
  const couch: typeof parts.couch = {
    ...parts.couch,
    async update(to, id, change) {
      const mine = await parts.couch.update(to, id, change);
      if (to === db && id === 'settings') {
        writes += 1;
        await parts.couch.update<SettingsDoc>(
          db,
          'settings',
          (found) => found && { ...found, volume: writes },
        );
      }
      return mine;
    },
  };
  await settleBooth({ ...parts, couch }, booth.booth);
  assert.equal((await whereIs(booth)).settings, booth.event);
  assert.ok(writes < 10, `${writes} writes`);
  await settleBooth(parts, booth.booth);
  const settings = await stack.couch.get<SettingsDoc>(db, 'settings');
  assert.equal(settings?.volume, undefined, 'alone again, it is as it should be');
});

test('nobody brings a booth of another to an own event', async (t) => {
  const { stack, parts, newEvent, whereIs, mayAdd } = await stageFleet(t);
  const booth = await givenBooth(stack, (await stack.account()).id);
  const event = await newEvent((await stack.account()).id);
  await bringBooth(parts, booth.booth, event);
  assert.equal((await whereIs(booth)).fleet, booth.event);
  assert.equal(await mayAdd(booth, event.event), 403);
});

const days = { from: '2026-07-14', to: '2026-07-15' };

test('the photos of an event are erased some days after its last, when that is over everywhere', () => {
  assert.deepEqual(erasedAt({ days, keepDays: 30 }), new Date('2026-08-15T12:00:00Z'));
  assert.equal(erasedAt({ days }), undefined);
  assert.equal(erasedAt({ keepDays: 30 }), undefined);
});

test('an event is erased in its time, and not before its booths have gone', async (t) => {
  const { stack, parts, newEvent, sweep, at, whereIs, hears, eventOf } = await stageFleet(t);
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  const party = await newEvent(owner, { days, keepDays: 30 });
  await bringBooth(parts, booth.booth, party);
  await hears(booth, { waiting: { [party.event]: 1 } });
  const isThere = async () => (await stack.couch.info(eventDatabase(party.event))) !== undefined;

  at(new Date('2026-08-15T11:59:59Z'));
  await sweep();
  assert.equal((await whereIs(booth)).fleet, party.event, 'not yet');
  at(new Date('2026-08-15T12:00:00Z'));
  await sweep();
  assert.equal((await whereIs(booth)).fleet, booth.event, 'back at its everyday event');
  assert.ok(await isThere(), 'the booth still holds a photo');
  await hears(booth);
  await sweep();
  await sweep();
  assert.equal(await isThere(), false);
  assert.equal(await eventOf(party.event), undefined);
  const trail = await stack.couch.range<{ action: string; subject?: string }>('audit', { limit: 1000 });
  assert.equal(
    trail.filter(({ action, subject }) => action === 'event erased' && subject === party.event).length,
    1,
  );
});

test('erasing may be cut short at any call: the sweep completes it, and the booth has one place to be', async (t) => {
  const { stack, parts, newEvent, sweep, dying, at, whereIs, mayAdd, hears, eventOf } = await stageFleet(t);
  const owner = (await stack.account()).id;
  const booth = await givenBooth(stack, owner);
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    at(new Date('2026-07-14T12:00:00Z'));
    const party = await newEvent(owner, { days, keepDays: 7 });
    await bringBooth(parts, booth.booth, party);
    at(new Date('2026-08-15T12:00:00Z'));
    isWhole = await survived(() => sweepFleet(dying(calls)));
    await hears(booth);
    isWhole &&= await survived(() => sweepFleet(dying(calls)));
    isWhole &&= await survived(() => sweepFleet(dying(calls)));
    await sweep();
    await hears(booth);
    await sweep();
    await sweep();
    assert.equal(await eventOf(party.event), undefined, `cut after ${calls}`);
    assert.equal(await stack.couch.info(eventDatabase(party.event)), undefined, `cut after ${calls}`);
    assert.equal((await whereIs(booth)).settings, booth.event, `cut after ${calls}`);
    assert.equal(await mayAdd(booth, booth.event), 200, `cut after ${calls}`);
    assert.ok(calls < 80, 'it ends');
  }
});
