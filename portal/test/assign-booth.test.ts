import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type AuditDoc,
  type BoothDoc,
  boothDatabase,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDocId,
  FLEET_VIEWS,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { sweepFleet } from '../events/sweep.ts';
import { assignBooth } from '../fleet/assign-booth.ts';
import { givenBooth, type TestBooth } from './booth-with-photos.ts';
import { CALLS_APART, FIRST_CALL, survived } from './dying.ts';
import { stageFleet } from './fleet-stage.ts';

async function stage(t: TestContext) {
  const { stack, parts, dying, mayAdd, hears } = await stageFleet(t);
  const { couch } = stack;
  const record = async ({ booth }: TestBooth) => {
    const doc = await couch.get<BoothDoc>('fleet', boothDocId(booth));
    assert.ok(doc);
    return doc;
  };
  return {
    ...{ stack, parts, dying, record },
    mayAdd: async (booth: TestBooth, event: EventId) => (await mayAdd(booth, event)) === 200,
    eventsOf: async (account: string) => {
      const range = { startkey: [account, 'event'], endkey: [account, 'event', {}] };
      return (await couch.view('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, range)).rows.map(
        ({ id }) => id,
      );
    },
    hears: async (booth: TestBooth, over: Partial<StatusDoc> = {}) =>
      hears(booth, { event: (await record(booth)).event, ...over }),
  };
}

test('a booth is given to another customer: new photos are hers, those from before stay where they are', async (t) => {
  const { stack, parts, record, mayAdd, hears } = await stage(t);
  const [camille, zoe] = [await stack.account({ name: 'Camille' }), await stack.account({ name: 'Zoé' })];
  const booth = await givenBooth(stack, camille.id, { title: 'Noces de Camille' });
  const [photo] = await booth.add(1);
  await stack.couch.update<BoothDoc>('fleet', boothDocId(booth.booth), (doc) =>
    doc
      ? {
          ...{ ...doc, name: 'Salon de Camille' },
          ...{ settings: { pin: '123456', volume: 0 }, choices: [booth.event] },
        }
      : undefined,
  );
  const odile = await stack.account({ role: 'operator', name: 'Odile' });
  const operator = await stack.visitor(odile);
  const give = (email: string) => operator.post(`/fleet/${booth.booth}/owner`, { email });
  for (const email of ['nobody@example.com', odile.email, camille.email, ''])
    assert.equal((await give(email)).status, 422, email);
  assert.equal((await record(booth)).owner, camille.id);
  assert.equal((await give(zoe.email)).status, 303);

  const doc = await record(booth);
  assert.deepEqual([doc.owner, doc.finishing, doc.assigning], [zoe.id, [booth.event], undefined]);
  assert.notEqual(doc.event, booth.event);
  assert.equal(doc.choices, undefined);
  const settings = await stack.couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
  assert.deepEqual([settings?.event.id, settings?.pin, settings?.volume], [doc.event, undefined, undefined]);

  // It still holds a photo of then, and has not heard: what it says is of the owner before.
  const late = await booth.take();
  await booth.report(7, new Date(), { event: booth.event });
  await booth.sendPreview(late);
  await booth.sendOriginal(late);
  const mine = await stack.visitor(zoe);
  const page = async () => (await mine.get(`/booths/${booth.booth}`)).text();
  const before = await page();
  assert.doesNotMatch(before, /Camille|>7</, 'nothing of the owner before');
  assert.match(before, /Not seen yet|not been heard/i);
  for (const path of [`/events/${booth.event}`, `/events/${booth.event}/photos/${photo?.key}/original`])
    assert.equal((await mine.get(path)).status, 404, path);
  const hers = await stack.visitor(camille);
  assert.equal((await hers.get(`/events/${booth.event}/photos/${late.key}/original`)).status, 200);
  assert.equal((await hers.get(`/booths/${booth.booth}`)).status, 404, 'it is not hers any more');

  await hears(booth, { owes: [booth.event] });
  await sweepFleet(parts);
  assert.ok(await mayAdd(booth, booth.event), 'it owes the event of then');
  const taken = await booth.take();
  await booth.sendPreview(taken, { event: doc.event });
  await booth.sendOriginal(taken, { event: doc.event });
  assert.equal((await mine.get(`/events/${doc.event}/photos/${taken.key}/original`)).status, 200);
  assert.equal((await hers.get(`/events/${doc.event}/photos/${taken.key}/original`)).status, 404);

  await hears(booth);
  await sweepFleet(parts);
  assert.equal(await mayAdd(booth, booth.event), false, 'it has sent all');
  assert.equal((await record(booth)).finishing, undefined);
  const old = await stack.couch.get<EventDoc>('fleet', eventDocId(booth.event));
  assert.deepEqual([old?.owner, old?.booths], [camille.id, []]);
  const trail = await stack.couch.range<AuditDoc>('audit', { limit: 1000 });
  assert.deepEqual(
    trail
      .filter(({ subject }) => subject === booth.booth)
      .map(({ action, actor, details }) => [action, actor, details]),
    [
      ['booth assignment asked for', odile.id, { from: camille.id, to: zoe.id }],
      ['booth assigned', null, { from: camille.id, to: zoe.id }],
    ],
  );
});

test('back again, a booth comes to the event of then', async (t) => {
  const { stack, parts, record } = await stage(t);
  const [first, second] = [(await stack.account()).id, (await stack.account()).id];
  const booth = await givenBooth(stack, first);
  await assignBooth(parts, booth.booth, second);
  const { event } = await record(booth);
  await assignBooth(parts, booth.booth, first);
  const doc = await record(booth);
  assert.deepEqual([doc.owner, doc.event, doc.finishing], [first, booth.event, [event]]);
});

test('the portal may die at any call of it: the sweep completes it, with one event for the new owner', async (t) => {
  const { stack, parts, dying, record, mayAdd, eventsOf } = await stage(t);
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const [from, to] = [`from-${calls}`, `to-${calls}`];
    const booth = await givenBooth(stack, from);
    isWhole = await survived(() => assignBooth(dying(calls), booth.booth, to));
    await Promise.all([sweepFleet(parts), sweepFleet(parts)]);
    const doc = await record(booth);
    if (doc.owner === from) {
      assert.equal(doc.assigning, undefined, `died after ${calls}: not begun`);
      assert.deepEqual(await eventsOf(to), []);
      continue;
    }
    assert.deepEqual([doc.owner, doc.assigning, doc.finishing], [to, undefined, [booth.event]], `${calls}`);
    assert.deepEqual(await eventsOf(to), [eventDocId(doc.event)], `died after ${calls}`);
    assert.ok(await mayAdd(booth, doc.event), `died after ${calls}`);
    assert.ok(await mayAdd(booth, booth.event), `died after ${calls}: photos of then`);
    assert.ok(calls < 60, 'it ends');
  }
});
