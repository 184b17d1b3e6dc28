import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuditDoc,
  type BoothDoc,
  boothDatabase,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import { withChoices } from '../events/event-choices.ts';
import { moveBooth, settleBooth } from '../events/settle-booth.ts';
import { draftOfBooth, judgeBooth } from '../fleet/booth-form.ts';
import { followChoice } from '../fleet/chosen-event.ts';
import { givenBooth, type TestBooth } from './booth-with-photos.ts';
import { CALLS_APART, FIRST_CALL, survived } from './dying.ts';
import { randomId, stageFleet } from './fleet-stage.ts';

type Stage = Awaited<ReturnType<typeof stageFleet>>;

/** The booth's form, as its page comes, with one event ticked or none. */
const formWith = (choice?: EventId) => ({
  ...{ name: 'Salle du bas', countdownS: '3', volume: '80', idle: 'live', dpi: '300', pin: '', voice: 'yes' },
  ...{ sendFrom: '', sendTo: '', ...(choice && { choices: choice }) },
});
const recordOf = ({ stack }: Stage, { booth }: TestBooth) =>
  stack.couch.get<BoothDoc>('fleet', boothDocId(booth));
const choicesAt = async ({ stack }: Stage, { booth }: TestBooth) =>
  (await stack.couch.get<SettingsDoc>(boothDatabase(booth), 'settings'))?.eventChoices?.map(({ id }) => id);
/** What the owner allows stands there, and nothing follows from it yet. */
const allow = ({ stack }: Stage, { booth }: TestBooth, choices: EventId[]) =>
  stack.couch.update<BoothDoc>('fleet', boothDocId(booth), (found) => found && withChoices(found, choices));

test('an event that its owner allows lets the booth in and is told to it; taken back, it lets it out when all is sent', async (t) => {
  const s = await stageFleet(t);
  const customer = await s.stack.account();
  const visitor = await s.stack.visitor(customer);
  const booth = await givenBooth(s.stack, customer.id);
  const party = await s.newEvent(customer.id, { accent: '#00ff7f' });
  const path = `/booths/${booth.booth}`;
  const textOf = async (at: string) => (await visitor.get(at)).text();
  assert.equal(await s.mayAdd(booth, party.event), 403, 'none by default');

  assert.equal((await visitor.post(path, formWith(party.event))).status, 303);
  const settings = await s.stack.couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
  assert.deepEqual(settings?.eventChoices, [{ id: party.event, title: 'Mariage', accent: '#00ff7f' }]);
  assert.equal(await s.mayAdd(booth, party.event), 200);
  await s.hears(booth);
  await s.sweep();
  assert.equal(await s.mayAdd(booth, party.event), 200, 'for as long as it is allowed');
  assert.equal((await s.whereIs(booth)).fleet, booth.event, 'where it was');
  assert.deepEqual((await recordOf(s, booth))?.events, [party.event, booth.event]);
  assert.match(await textOf(path), new RegExp(`value="${party.event}" checked`));
  assert.doesNotMatch(await textOf(`/events/${party.event}`), /Salle du bas/, 'no booth of it yet');
  const [entry] = (await s.stack.couch.range<AuditDoc>('audit', { limit: 1000 })).filter(
    ({ action }) => action === 'booth settings changed',
  );
  assert.deepEqual(entry?.details, { choices: 1 });

  assert.doesNotMatch(await textOf(`/events/${party.event}/booths`), /may still hold photos/);
  await visitor.post(`/events/${party.event}/settings`, {
    ...{ title: 'Noces', from: '', to: '', language: 'fr', languages: 'fr', modes: 'single' },
    ...{ templates: 'full-bleed', filters: 'none', accent: '#00ff7f', keepDays: '' },
  });
  const renamed = await s.stack.couch.get<SettingsDoc>(boothDatabase(booth.booth), 'settings');
  assert.equal(renamed?.eventChoices?.[0]?.title, 'Noces', 'at once');

  await s.hears(booth, { waiting: { [party.event]: 1 } });
  assert.match(await textOf(`/events/${party.event}`), /Salle du bas/, 'it was chosen there');
  await visitor.post(path, formWith());
  assert.equal(await choicesAt(s, booth), undefined);
  assert.equal(await s.mayAdd(booth, party.event), 200, 'it has not heard');
  await s.hears(booth, { waiting: { [party.event]: 1 } });
  await s.sweep();
  assert.equal(await s.mayAdd(booth, party.event), 200, 'it holds a photo');
  await s.hears(booth);
  await s.sweep();
  assert.equal(await s.mayAdd(booth, party.event), 403);
});

test('choices may be cut short at any call on their way: the sweep completes them', async (t) => {
  const s = await stageFleet(t);
  const owner = (await s.stack.account()).id;
  const booth = await givenBooth(s.stack, owner);
  const events = [await s.newEvent(owner), await s.newEvent(owner)].map(({ event }) => event);
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    // One, then the other.
    const [chosen = '', left = ''] = calls % 2 === 0 ? events : events.toReversed();
    await allow(s, booth, [chosen]);
    isWhole = await survived(() => settleBooth(s.dying(calls), booth.booth));
    await s.sweep();
    assert.deepEqual(await choicesAt(s, booth), [chosen], `cut after ${calls}`);
    assert.equal(await s.mayAdd(booth, chosen), 200, `cut after ${calls}`);
    await s.hears(booth);
    await s.sweep();
    assert.equal(await s.mayAdd(booth, left), 403, `cut after ${calls}`);
    assert.ok(calls < 60, 'it ends');
  }
});

test('the portal brings a booth to the event that was chosen on it, cut short at any call', async (t) => {
  const s = await stageFleet(t);
  const owner = (await s.stack.account()).id;
  const booth = await givenBooth(s.stack, owner);
  const other = await s.newEvent(owner);
  await allow(s, booth, [other.event, booth.event]);
  await settleBooth(s.parts, booth.booth);
  const entriesOf = async (event: EventId) => {
    const trail = await s.stack.couch.range<AuditDoc>('audit', { limit: 1000 });
    const said = trail.filter(({ action }) => action === 'event chosen on the booth');
    return said.filter(({ subject, details }) => subject === booth.booth && details?.event === event).length;
  };
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const { fleet: from = '' } = await s.whereIs(booth);
    const to = from === booth.event ? other.event : booth.event;
    const before = await entriesOf(to);
    await s.hears(booth, { event: to, choseEvent: to });
    isWhole = await survived(() => followChoice(s.dying(calls), booth.booth));
    await s.sweep();
    assert.deepEqual(await s.whereIs(booth), { fleet: to, last: to, settings: to }, `cut after ${calls}`);
    assert.deepEqual(await choicesAt(s, booth), [from], 'the way back');
    for (const event of [from, to]) assert.equal(await s.mayAdd(booth, event), 200, `cut after ${calls}`);
    assert.ok((await entriesOf(to)) > before, `cut after ${calls}: it is in the trail`);
    assert.ok(calls < 60, 'it ends');
  }
});

test('two nodes that follow the same choice bring the booth to one place', async (t) => {
  const s = await stageFleet(t);
  const owner = (await s.stack.account()).id;
  const booth = await givenBooth(s.stack, owner);
  const { event } = await s.newEvent(owner);
  await allow(s, booth, [event]);
  await settleBooth(s.parts, booth.booth);
  await s.hears(booth, { event, choseEvent: event });
  await Promise.all([1, 2, 3].map(() => followChoice(s.parts, booth.booth)));
  assert.deepEqual(await s.whereIs(booth), { fleet: event, last: event, settings: event });
});

for (const [what, stand] of [
  [
    'an event that its owner did not allow',
    async (s, booth, { owner }) => allow(s, booth, [(await s.newEvent(owner)).event]),
  ],
  [
    'an event of somebody else',
    async (s, booth, { event }) => {
      const foreign = (await s.stack.account()).id;
      await s.stack.couch.update<EventDoc>('fleet', eventDocId(event), (found) =>
        found ? { ...found, owner: foreign } : undefined,
      );
      await allow(s, booth, [event]);
    },
  ],
  [
    'an event that is being erased',
    async (s, booth, { event }) => {
      await allow(s, booth, [event]);
      await s.stack.couch.update<EventDoc>('fleet', eventDocId(event), (found) =>
        found ? { ...found, erasing: new Date().toISOString() } : undefined,
      );
    },
  ],
] satisfies [string, (s: Stage, booth: TestBooth, event: EventDoc) => Promise<unknown>][]) {
  test(`${what} is not chosen, whatever the booth says`, async (t) => {
    const s = await stageFleet(t);
    const owner = (await s.stack.account()).id;
    const booth = await givenBooth(s.stack, owner);
    const event = await s.newEvent(owner);
    await stand(s, booth, event);
    await settleBooth(s.parts, booth.booth);
    assert.ok(!(await choicesAt(s, booth))?.includes(event.event));
    assert.equal(await s.mayAdd(booth, event.event), 403);
    await s.hears(booth, { event: event.event, choseEvent: event.event });
    await followChoice(s.parts, booth.booth);
    assert.equal((await recordOf(s, booth))?.event, booth.event);
  });
}

test('what the owner says after it was chosen is what holds', async (t) => {
  const s = await stageFleet(t);
  const owner = (await s.stack.account()).id;
  const booth = await givenBooth(s.stack, owner);
  const [chosen, third] = [await s.newEvent(owner), await s.newEvent(owner)];
  await allow(s, booth, [chosen.event]);
  await settleBooth(s.parts, booth.booth);
  // She brings it elsewhere, which is not in the booth's settings yet, and then not known to the booth.
  await moveBooth(s.parts, booth.booth, third);
  await s.hears(booth, { event: chosen.event, choseEvent: chosen.event });
  for (const step of ['decided', 'brought']) {
    await followChoice(s.parts, booth.booth);
    assert.equal((await s.whereIs(booth)).fleet, third.event, step);
    await settleBooth(s.parts, booth.booth);
  }
});

for (const [what, change] of [
  ['brings it elsewhere', (s, booth, third) => moveBooth(s.parts, booth.booth, third)],
  ['takes the choice back', (s, booth) => allow(s, booth, [])],
] satisfies [string, (s: Stage, booth: TestBooth, third: EventDoc) => Promise<unknown>][]) {
  test(`an owner who ${what} while the portal looks is not overruled`, async (t) => {
    const s = await stageFleet(t);
    const owner = (await s.stack.account()).id;
    const booth = await givenBooth(s.stack, owner);
    const [chosen, third] = [await s.newEvent(owner), await s.newEvent(owner)];
    await allow(s, booth, [chosen.event]);
    await settleBooth(s.parts, booth.booth);
    await s.hears(booth);
    const { couch } = s.parts;
    /** A booth that says so to nobody else: the portal that runs here would follow it too. */
    const hearing: typeof couch = {
      ...couch,
      async get<T>(db: string, id: string) {
        const found = await couch.get<T>(db, id);
        return id === 'status' && found ? { ...found, choseEvent: chosen.event } : found;
      },
    };
    const audit = async () => void (await change(s, booth, third));
    await followChoice({ ...s.parts, couch: hearing, audit }, booth.booth);
    assert.notEqual((await recordOf(s, booth))?.event, chosen.event);
    // Nothing changed meanwhile, and it is there: the test sees what it looks for.
    await allow(s, booth, [chosen.event]);
    await settleBooth(s.parts, booth.booth);
    await s.hears(booth);
    await followChoice({ ...s.parts, couch: hearing }, booth.booth);
    assert.equal((await recordOf(s, booth))?.event, chosen.event);
  });
}

test('an event can be chosen no more when it is to be erased, and waits for what was taken for it', async (t) => {
  const s = await stageFleet(t);
  const owner = (await s.stack.account()).id;
  const booth = await givenBooth(s.stack, owner);
  const days = { from: '2026-07-14', to: '2026-07-15' };
  const party = await s.newEvent(owner, { days, keepDays: 30 });
  await allow(s, booth, [party.event]);
  await settleBooth(s.parts, booth.booth);
  const isThere = async () => (await s.stack.couch.info(eventDatabase(party.event))) !== undefined;
  s.at(new Date('2026-08-15T12:00:00Z'));
  await s.sweep();
  assert.deepEqual([await choicesAt(s, booth), (await recordOf(s, booth))?.choices], [undefined, undefined]);
  await s.hears(booth, { waiting: { [party.event]: 1 } });
  await s.sweep();
  assert.ok(await isThere(), 'the booth still holds a photo');
  await s.hears(booth);
  await s.sweep();
  await s.sweep();
  assert.deepEqual([await isThere(), await s.eventOf(party.event)], [false, undefined]);
});

test('an owner allows events of her own, twenty at most', async (t) => {
  const s = await stageFleet(t);
  const [customer, stranger] = [await s.stack.account(), await s.stack.account()];
  const visitor = await s.stack.visitor(customer);
  const booth = await givenBooth(s.stack, customer.id);
  const path = `/booths/${booth.booth}`;
  assert.match(await (await visitor.get(path)).text(), /You have no other event yet/);
  const foreign = await s.newEvent(stranger.id);
  await visitor.post(path, formWith(foreign.event));
  assert.equal((await recordOf(s, booth))?.choices, undefined);
  assert.equal(await s.mayAdd(booth, foreign.event), 403);

  const doc = await recordOf(s, booth);
  assert.ok(doc);
  const events = Array.from({ length: 21 }, () => ({ event: randomId() }));
  const draft = { ...draftOfBooth(doc), choices: events.map(({ event }) => event) };
  assert.deepEqual(judgeBooth(draft, events), { problems: ['choices'] });
  const judged = judgeBooth(draft, events.slice(1));
  assert.ok('choice' in judged && judged.choice.choices.length === 20);
});
