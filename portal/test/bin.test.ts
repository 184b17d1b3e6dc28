import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Couch } from '@photomaton/couch';
import { boothDatabase, deletionId, eventDatabase, type RemovalDoc } from '@photomaton/design-docs/docs';
import { sweepBin } from '../gallery/bin.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { dyingAt, survived } from './dying.ts';
import { type Stack, startStack } from './stack.ts';

const DAY_MS = 24 * 3600_000;
const later = (days: number): Date => new Date(Date.now() + days * DAY_MS);

async function setUp(t: Parameters<typeof startStack>[0]) {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  const mark = (act: string, ...photos: TestPhoto[]) =>
    visitor.post(`/events/${booth.event}/marks`, { act, photos: photos.map(({ key }) => key).join(',') });
  return { stack, customer, booth, visitor, mark };
}

/** Everything there is of a photo, but for the view's own documents. */
async function idsOf(stack: Stack, event: string, { key }: TestPhoto): Promise<string[]> {
  const ids = await stack.couch.ids(eventDatabase(event), { limit: 1000 });
  return ids.filter((id) => id.includes(key)).map((id) => id.split(':')[0] ?? '');
}

test('what is deleted can be brought back for seven days, and is then removed with all that belongs to it', async (t) => {
  const { stack, customer, booth, visitor, mark } = await setUp(t);
  const [kept, photo] = (await booth.add(2)) as [TestPhoto, TestPhoto];
  for (const one of [kept, photo]) {
    await booth.sendShot(one, 0, Buffer.from(`a shot of ${one.key}`));
    await booth.sendClip(one, 'mp4', Buffer.from(`a film of ${one.key}`));
  }
  const whole = ['clip', 'photo', 'preview', 'shot'];
  await mark('delete', photo);
  const { couch } = stack;
  // Whoever deleted it was killed before the booth was told.
  const told = await couch.get(boothDatabase(booth.booth), deletionId(photo.key));
  assert.ok(told);
  await couch.remove(boothDatabase(booth.booth), told._id, told._rev);
  assert.equal(await sweepBin({ couch, now: later(6.9) }, booth.event), 0);
  assert.ok(await couch.get(boothDatabase(booth.booth), deletionId(photo.key)));
  assert.deepEqual(await idsOf(stack, booth.event, photo), ['clip', 'mark', 'photo', 'preview', 'shot']);
  assert.equal(await sweepBin({ couch, now: later(7.1) }, booth.event), 1);
  assert.deepEqual(await idsOf(stack, booth.event, photo), ['removal']);
  assert.deepEqual(await idsOf(stack, booth.event, kept), whole);
  const removal = await couch.get<RemovalDoc>(eventDatabase(booth.event), `removal:${photo.key}`);
  assert.equal(removal?.by, customer.id);
  assert.ok(
    Math.abs(Date.now() - Date.parse(removal?.at ?? '')) < 60_000,
    'when it was deleted, not removed',
  );

  const guest = await stack.visitor();
  assert.equal((await guest.get(booth.sharePath(photo.n))).status, 404, 'not "still on the booth"');
  for (const what of ['', '/thumbnail', '/original', '/clip.mp4']) {
    assert.equal((await visitor.get(`/events/${booth.event}/photos/${photo.key}${what}`)).status, 404, what);
  }
  await mark('restore', photo);
  assert.deepEqual(await idsOf(stack, booth.event, photo), ['removal'], 'it cannot be brought back');
});

test('what a booth sends of a removed photo is seen by nobody, and goes too', async (t) => {
  const { stack, booth, visitor, mark } = await setUp(t);
  const { couch } = stack;
  const [first] = (await booth.add(1)) as [TestPhoto];
  const photo = await booth.take('rocket');
  await booth.sendPreview(photo);
  await mark('delete', photo);
  await sweepBin({ couch, now: later(8) }, booth.event);
  await booth.sendOriginal(photo);
  await booth.sendClip(photo, 'mp4', Buffer.from('a film'));
  await booth.sendShot(photo, 0, Buffer.from('a shot'));
  const other = await booth.take('coffee');
  await booth.sendPreview(other);
  await booth.sendOriginal(other);
  const path = `/events/${booth.event}`;
  for (const what of ['', '/original', '/clip.mp4']) {
    assert.equal((await visitor.get(`${path}/photos/${photo.key}${what}`)).status, 404, what);
  }
  await sweepBin({ couch, now: later(8) }, booth.event);
  assert.deepEqual(await idsOf(stack, booth.event, photo), ['removal']);
  for (const one of [first, other])
    assert.deepEqual(await idsOf(stack, booth.event, one), ['photo', 'preview']);
});

test('a photo that is brought back while bins are swept stays with its booth', async (t) => {
  const { stack, booth, mark } = await setUp(t);
  const { couch } = stack;
  for (const call of ['view', 'getMany', 'put'] as const) {
    const [photo] = (await booth.add(1)) as [TestPhoto];
    await mark('delete', photo);
    const db = boothDatabase(booth.booth);
    const told = await couch.get(db, deletionId(photo.key));
    // As if it had not been told yet: the sweep has to.
    await couch.remove(db, told?._id ?? '', told?._rev ?? '');
    let isLate = false;
    const racing: Couch = new Proxy(couch, {
      get:
        (target, name) =>
        async (...args: unknown[]) => {
          const result = await Reflect.get(target, name).apply(target, args);
          if (name === call && !isLate) {
            isLate = true;
            await mark('restore', photo);
          }
          return result;
        },
    });
    await sweepBin({ couch: racing, now: later(1) }, booth.event);
    assert.ok(isLate, call);
    assert.equal(await couch.get(db, deletionId(photo.key)), undefined, `brought back after ${call}`);
  }
});

test('a removal may die at any call, and two nodes may do it at once: done again it is complete', async (t) => {
  const { stack, booth, visitor, mark } = await setUp(t);
  const { couch } = stack;
  let isWhole = false;
  for (let survives = 0; !isWhole; survives++) {
    const [photo] = (await booth.add(1, later(survives))) as [TestPhoto];
    await booth.sendShot(photo, 0, Buffer.from(`a shot of ${photo.key}`));
    await mark('delete', photo);
    const now = later(8);
    isWhole = await survived(() => sweepBin({ couch: dyingAt(couch, { left: survives }), now }, booth.event));
    const half = await idsOf(stack, booth.event, photo);
    const guest = await (await stack.visitor()).get(booth.sharePath(photo.n));
    assert.equal(guest.status, 404, `died after ${survives}: shown to nobody`);
    if (!half.includes('preview')) assert.ok(half.includes('removal'), `died after ${survives}: on record`);
    await Promise.all([1, 2].map(() => sweepBin({ couch, now }, booth.event)));
    assert.deepEqual(await idsOf(stack, booth.event, photo), ['removal'], `died after ${survives}`);
    assert.ok(survives < 60, 'it ends');
  }
  const page = await (await visitor.get(`/events/${booth.event}`)).text();
  assert.doesNotMatch(page, /data-key/);
});
