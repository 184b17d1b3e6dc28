import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type AuditDoc,
  type BoothDoc,
  boothDatabase,
  boothDocId,
  deletionId,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  type GuestRights,
  type MarkDoc,
  MOST_UNWANTED,
  parsePreviewId,
  type UnwantedDoc,
} from '@photomaton/design-docs/docs';
import { beginMove } from '../gallery/moves.ts';
import { followUnwanted } from '../share/follow-unwanted.ts';
import { addUnwanted, unwantedArrivals } from '../share/unwanted.ts';
import { givenBooth, type TestBooth, type TestPhoto } from './booth-with-photos.ts';
import { CALLS_APART, FIRST_CALL, survived } from './dying.ts';
import { eventually } from './eventually.ts';
import { stageFleet } from './fleet-stage.ts';

/** A customer with a booth, and a guest who has the links of its photos. */
async function stage(t: TestContext, o: { isAround?: boolean } = {}) {
  const { stack, parts, dying, newEvent } = await stageFleet(t);
  const { couch } = stack;
  const owner = await stack.account();
  const syncUrl = stack.portal.admin.url;
  const booth = await givenBooth(stack, owner.id, o.isAround ? { syncUrl } : {});
  const customer = await stack.visitor(owner);
  const guest = await stack.visitor();
  const shown = async (show = '', event = booth.event) => {
    const page = await (await customer.get(`/events/${event}${show}`)).text();
    return [...page.matchAll(/data-key="([^"]+)"/g)].map(([, key]) => key);
  };
  return {
    ...{ stack, couch, parts, dying, newEvent, owner, booth, customer, guest, shown },
    link: ({ n }: TestPhoto) => booth.sharePath(n),
    guestsMay: (event: EventId, guests: GuestRights) =>
      couch.update<EventDoc>('fleet', eventDocId(event), (doc) => doc && { ...doc, guests }),
    markIn: (event: EventId, { key }: TestPhoto) => couch.get<MarkDoc>(eventDatabase(event), `mark:${key}`),
    isWaitedFor: async ({ n }: TestPhoto) =>
      (await couch.get<BoothDoc>('fleet', boothDocId(booth.booth)))?.unwanted?.includes(n) === true,
    told: async () => (await couch.get<UnwantedDoc>(boothDatabase(booth.booth), 'unwanted'))?.photos ?? [],
  };
}

const shareOf = ({ booth }: TestBooth, { n }: TestPhoto) => ({ booth, n });
const keyOf = ({ key }: TestPhoto) => {
  const found = parsePreviewId(`preview:${key}`);
  assert.ok(found);
  return found;
};

test('a guest deletes a photo that is still on its booth: its link is gone, and it comes into the bin', async (t) => {
  const s = await stage(t);
  const { booth, guest } = s;
  const [photo, other] = [await booth.take('rocket'), await booth.take('coffee')];
  const link = s.link(photo);
  assert.match(await (await guest.get(link)).text(), /still on the booth[\s\S]*\/delete"/);
  assert.match(await (await guest.get(`${link}/delete`)).text(), /has no network yet/);
  assert.equal((await guest.get(link)).status, 200, 'looking deletes nothing');
  const receipt = await guest.post(`${link}/delete`);
  assert.equal(receipt.status, 200);
  assert.match(await receipt.text(), /Your photo is deleted/);
  const isGone = async () => {
    for (const tail of ['', '/state', '/screen', '/original', '/delete'])
      assert.equal((await guest.get(link + tail)).status, 404, tail);
    assert.equal((await guest.post(`${link}/delete`)).status, 404);
  };
  await isGone();
  assert.equal((await guest.get(s.link(other))).status, 200);
  await eventually('its booth is told', async () => (await s.told()).includes(photo.n));

  await booth.sendPreview(photo);
  await isGone();
  assert.deepEqual(await s.shown(), []);
  assert.deepEqual(await s.shown('?show=hidden'), []);
  assert.deepEqual(await s.shown('?show=deleted'), [photo.key]);
  await booth.sendOriginal(photo);
  assert.equal((await s.markIn(booth.event, photo))?.deleted?.by, 'guest');
  assert.ok(await s.couch.get(boothDatabase(booth.booth), deletionId(photo.key)));
  await eventually('nothing is waited for', async () => (await s.told()).length === 0);
  const page = await (await s.customer.get(`/events/${booth.event}/photos/${photo.key}`)).text();
  assert.match(page, /A guest deleted this photo.*with its next sync/);

  await s.customer.post(`/events/${booth.event}/marks`, { act: 'restore', photo: photo.key });
  assert.deepEqual(await s.shown(), [photo.key]);
  assert.equal((await guest.get(link)).status, 200);
  const trail = await s.couch.range<AuditDoc>('audit', { limit: 1000 });
  const said = trail
    .filter(({ details }) => details?.guest)
    .map(({ action, subject }) => `${action} ${subject}`);
  const wanted = [`photo deletion asked for ${booth.booth}`, `photos deleted ${booth.event}`];
  assert.deepEqual([...new Set(said)], wanted);
});

test('only where guests may: that of now is asked for the page, that where it comes to decides', async (t) => {
  const s = await stage(t);
  const { booth, guest } = s;
  const photo = await booth.take();
  const link = s.link(photo);
  await s.guestsMay(booth.event, { download: true, delete: false });
  assert.doesNotMatch(await (await guest.get(link)).text(), /\/delete"/);
  assert.equal((await guest.get(`${link}/delete`)).status, 404);
  assert.equal((await guest.post(`${link}/delete`)).status, 404);
  assert.equal(await s.isWaitedFor(photo), false);

  await s.guestsMay(booth.event, { download: true, delete: true });
  assert.equal((await guest.post(`${link}/delete`)).status, 200);
  await s.guestsMay(booth.event, { download: true, delete: false });
  assert.equal((await guest.get(link)).status, 404);
  await booth.sendPreview(photo);
  assert.equal(await s.markIn(booth.event, photo), undefined);
  assert.equal(await s.isWaitedFor(photo), false);
  assert.equal((await guest.get(link)).status, 200, 'as its page said');
  assert.deepEqual(await s.shown(), [photo.key]);
});

test('it may die at any call, on two nodes at once: from its first write on the photo is seen by nobody', async (t) => {
  // Around the portal: what that does when a photo comes is done here, to be cut short.
  const s = await stage(t, { isAround: true });
  const { booth, couch, parts } = s;
  for (let calls = FIRST_CALL, isWhole = false; !isWhole; calls += CALLS_APART) {
    const photo = await booth.take('coffee', new Date(Date.now() + calls * 1000));
    await addUnwanted({ couch }, shareOf(booth, photo));
    const arrivals = unwantedArrivals(s.dying(calls));
    const [event, key] = [booth.event, keyOf(photo)];
    // What was not let in comes again.
    if (!(await survived(() => arrivals.before(event, key)))) {
      assert.deepEqual(await s.shown(), [], `died after ${calls}, before it came`);
      await unwantedArrivals(parts).before(event, key);
    }
    await booth.sendPreview(photo);
    assert.deepEqual(await s.shown(), [], `died after ${calls}`);
    isWhole = await survived(() => arrivals.after(event, key));
    assert.deepEqual(await s.shown(), [], `died after ${calls}`);
    await Promise.all([followUnwanted(parts, booth.booth), followUnwanted(parts, booth.booth)]);
    await followUnwanted(parts, booth.booth);
    const mark = await s.markIn(event, photo);
    assert.deepEqual([mark?.deleted?.by, mark?.hidden], ['guest', undefined], `died after ${calls}`);
    assert.ok(await couch.get(boothDatabase(booth.booth), deletionId(photo.key)), `died after ${calls}`);
    assert.equal(await s.isWaitedFor(photo), false);
    // The portal's own leader may have told it something older a moment ago, and tells it again.
    await eventually('its booth waits for nothing', async () => (await s.told()).length === 0);
    assert.ok(calls < 60, 'it ends');
  }
});

test('deleted while it is being sent, or by a booth that goes around the portal, it is in the bin soon after', async (t) => {
  const s = await stage(t, { isAround: true });
  const { booth, couch, guest } = s;
  const during = await booth.take();
  const arrivals = unwantedArrivals(s.parts);
  await arrivals.before(booth.event, keyOf(during));
  await addUnwanted({ couch }, shareOf(booth, during));
  await booth.sendPreview(during);
  assert.equal((await guest.get(s.link(during))).status, 404);
  await arrivals.after(booth.event, keyOf(during));
  assert.ok((await s.markIn(booth.event, during))?.deleted);

  const around = await booth.take();
  assert.equal((await guest.post(`${s.link(around)}/delete`)).status, 200);
  await booth.sendPreview(around);
  assert.equal((await guest.get(s.link(around))).status, 404);
  await booth.report(0);
  await eventually(
    'its booth said something',
    async () => (await s.markIn(booth.event, around))?.deleted !== undefined,
  );
});

test('moved before it was looked at, it is deleted where it went; removed by its owner, nothing is left to do', async (t) => {
  const s = await stage(t, { isAround: true });
  const { booth, couch, parts } = s;
  const [photo] = (await booth.add(1)) as [TestPhoto];
  const to = await s.newEvent(s.owner.id);
  await addUnwanted({ couch }, shareOf(booth, photo));
  await beginMove({ couch }, booth.event, photo.key, {
    ...{ to: to.event, at: new Date().toISOString(), by: s.owner.id },
  });
  await followUnwanted(parts, booth.booth);
  assert.equal((await s.markIn(to.event, photo))?.deleted?.by, 'guest');
  assert.deepEqual(await s.shown('', to.event), []);

  const removed = await booth.take();
  await couch.put(eventDatabase(booth.event), {
    ...{ _id: `removal:${removed.key}`, type: 'removal', at: new Date().toISOString(), by: s.owner.id },
  });
  await addUnwanted({ couch }, shareOf(booth, removed));
  await followUnwanted(parts, booth.booth);
  assert.equal(await s.isWaitedFor(removed), false);
  assert.equal((await s.guest.get(s.link(removed))).status, 404);
});

test('a booth waits for so many at most, and no booth has anything hidden at an event that is not open to it', async (t) => {
  const s = await stage(t);
  const { booth, couch, guest, stack } = s;
  const photo = await booth.take();
  const theirs = await givenBooth(stack, (await stack.account()).id);
  await addUnwanted({ couch }, shareOf(booth, photo));
  await assert.rejects(booth.sendPreview(photo, { event: theirs.event }), /404/);
  assert.equal(await s.markIn(theirs.event, photo), undefined);

  const others = Array.from({ length: MOST_UNWANTED - 1 }, (_, i) => 1_000 + i);
  await couch.update<BoothDoc>('fleet', boothDocId(booth.booth), (doc) => {
    return doc && { ...doc, unwanted: [photo.n, ...others] };
  });
  const next = await booth.take();
  assert.equal((await guest.post(`${s.link(next)}/delete`)).status, 429);
  assert.equal((await guest.get(s.link(next))).status, 200, 'nothing is said to be deleted that is not');
  await booth.sendPreview(photo);
  assert.equal((await guest.post(`${s.link(next)}/delete`)).status, 200, 'there is room again');
});
