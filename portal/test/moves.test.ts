import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Couch } from '@photomaton/couch';
import { openProvisioner } from '@photomaton/couch/setup';
import {
  type AuditDoc,
  boothDatabase,
  deletionId,
  type EventDoc,
  eventDatabase,
  eventDocId,
  type MarkDoc,
  type RemovalDoc,
} from '@photomaton/design-docs/docs';
import { dropEvent } from '../events/erase-event.ts';
import { sweepBin } from '../gallery/bin.ts';
import { beginMove, finishMove } from '../gallery/moves.ts';
import { givenBooth, type TestBooth, type TestPhoto } from './booth-with-photos.ts';
import { CALLS_APART, dyingAt, FIRST_CALL, survived } from './dying.ts';
import { eventually } from './eventually.ts';
import { startStack } from './stack.ts';

const DAY_MS = 24 * 3600_000;
const WHOLE = ['clip', 'photo', 'preview', 'shot'];

/** A customer with three events, each with a booth; what the first has sent is moved about. */
async function setUp(t: Parameters<typeof startStack>[0]) {
  const stack = await startStack(t);
  const customer = await stack.account();
  const [booth, other, third] = (await Promise.all(
    ['Wedding', 'Birthday', 'Fair'].map((title) => givenBooth(stack, customer.id, { title })),
  )) as [TestBooth, TestBooth, TestBooth];
  const [a, b, c] = [booth.event, other.event, third.event];
  const visitor = await stack.visitor(customer);
  const guest = await stack.visitor();
  const { couch } = stack;
  const move = (from: string, fields: Record<string, string>, as = visitor) =>
    as.post(`/events/${from}/move`, fields);
  const moved = async (from: string, to: string, ...photos: TestPhoto[]) => {
    const answer = await move(from, { to, photos: photos.map(({ key }) => key).join() });
    assert.equal(answer.status, 303);
    return answer.headers.get('location') ?? '';
  };
  /** Photos with a shot and a film. */
  const add = async (count: number, at?: Date) => {
    const photos = await booth.add(count, at);
    for (const photo of photos) {
      await booth.sendShot(photo, 0, Buffer.from(`a shot of ${photo.key}`));
      await booth.sendClip(photo, 'mp4', Buffer.from(`a film of ${photo.key}`));
    }
    return photos;
  };
  /** What there is of a photo in an event, without what names its content. */
  const partsIn = async (event: string, { key }: TestPhoto) => {
    const ids = await couch.ids(eventDatabase(event), { limit: 1000 });
    return ids.filter((id) => id.includes(key)).map((id) => id.split(':')[0] ?? '');
  };
  const isShownIn = async (event: string, { key }: TestPhoto) =>
    (await (await visitor.get(`/events/${event}`)).text()).includes(`data-key="${key}"`);
  const sweep = async (...events: string[]) => {
    for (const event of events) await sweepBin({ couch, now: new Date() }, event);
  };
  const markIn = (event: string, { key }: TestPhoto) =>
    couch.get<MarkDoc>(eventDatabase(event), `mark:${key}`);
  const erase = (event: string, erasing = new Date().toISOString()) =>
    couch.update<EventDoc>('fleet', eventDocId(event), (found) => found && { ...found, erasing });
  return {
    ...{ stack, customer, booth, a, b, c, visitor, guest, couch, move, moved, add },
    ...{ partsIn, isShownIn, sweep, markIn, erase },
  };
}

const begun = (to: string) => ({ to, at: new Date().toISOString(), by: 'camille' });

test('photos move whole, with what is wanted of them; their links stay; the way back is one button', async (t) => {
  const { stack, customer, booth, a, b, visitor, guest, ...s } = await setUp(t);
  const [plain, hidden] = (await s.add(2)) as [TestPhoto, TestPhoto];
  await visitor.post(`/events/${a}/marks`, { act: 'favourite', photo: plain.key });
  await visitor.post(`/events/${a}/marks`, { act: 'hide', photo: hidden.key });
  const seqs = await Promise.all(
    [a, b].map(async (one) => (await s.couch.info(eventDatabase(one)))?.updateSeq),
  );
  const bytesIn = async (event: string, what: string) =>
    Buffer.from(await (await visitor.get(`/events/${event}/photos/${plain.key}/${what}`)).arrayBuffer());

  const question = await (await visitor.get(`/events/${a}/move?photo=${plain.key}`)).text();
  assert.match(question, /<option value="[0-9a-f]{24}">Birthday/);
  assert.doesNotMatch(question, /<option[^>]*>Wedding/);
  const back = await s.moved(a, b, plain, hidden);
  for (const photo of [plain, hidden]) {
    assert.deepEqual(await s.partsIn(a, photo), ['removal']);
    assert.deepEqual(await s.partsIn(b, photo), ['clip', 'mark', ...WHOLE.slice(1)]);
  }
  assert.deepEqual(await bytesIn(b, 'original'), plain.jpeg);
  assert.deepEqual(await bytesIn(b, 'thumbnail'), plain.small);
  assert.deepEqual(await bytesIn(b, 'clip.mp4'), Buffer.from(`a film of ${plain.key}`));
  assert.equal((await s.markIn(b, plain))?.favourite, true);
  assert.ok((await s.markIn(b, hidden))?.hidden);
  assert.equal(await s.isShownIn(b, plain), true);
  assert.equal(await s.isShownIn(b, hidden), false);
  assert.equal((await guest.get(booth.sharePath(plain.n))).status, 200);
  assert.equal((await guest.get(booth.sharePath(hidden.n))).status, 404);

  const [newsOfA, newsOfB] = (await Promise.all(
    [a, b].map(async (event, i) => (await visitor.get(`/events/${event}/changes?since=${seqs[i]}`)).json()),
  )) as { gone: string[]; items: { key: string; isNew: boolean }[] }[];
  assert.deepEqual(newsOfA?.gone.toSorted(), [plain.key, hidden.key]);
  assert.deepEqual(
    newsOfB?.items.map(({ key, isNew }) => [key, isNew]),
    [[plain.key, true]],
  );

  const kept = await visitor.get(`/events/${a}/photos/${plain.key}`);
  assert.deepEqual([kept.status, kept.headers.get('location')], [302, `/events/${b}/photos/${plain.key}`]);
  assert.equal((await visitor.get(`/events/${a}/photos/${plain.key.replace(/\d{3}Z/, '999Z')}`)).status, 404);

  const trail = await s.couch.range<AuditDoc>('audit', { startkey: 'audit:', endkey: 'audit;', limit: 100 });
  const ours = trail.filter(({ action }) => action === 'photos moved');
  assert.deepEqual(
    ours.map(({ actor, subject, details }) => [actor, subject, details]),
    [[customer.id, a, { photos: 2, to: b }]],
  );

  const page = await (await visitor.get(back)).text();
  assert.match(page, /2 photos moved to “Birthday”/);
  assert.match(await (await visitor.get(back.replace(a, b))).text(), /2 photos came here from “Wedding”/);
  const [, together = ''] = /name="together" value="([^"]+)"/.exec(page) ?? [];
  const undone = await s.move(b, { to: a, together, back: `/events/${a}` });
  assert.match(
    await (await visitor.get(undone.headers.get('location') ?? '')).text(),
    /2 photos came here from/,
  );
  for (const again of [1, 2]) {
    for (const photo of [plain, hidden]) {
      assert.deepEqual(await s.partsIn(b, photo), ['removal'], `${again}`);
      assert.deepEqual(await s.partsIn(a, photo), ['clip', 'mark', 'photo', 'preview', 'removal', 'shot']);
    }
    assert.deepEqual(await bytesIn(a, 'original'), plain.jpeg);
    assert.equal((await guest.get(booth.sharePath(plain.n))).status, 200);
    await s.sweep(a, b);
    await s.moved(a, b, plain, hidden);
    await s.moved(b, a, plain, hidden);
  }
  // As the booth looks whether it may let go: what was moved is on record where it was sent to.
  const keys = [plain.photo._id, `preview:${plain.key}`, `removal:${plain.key}`];
  await s.moved(a, b, plain);
  const answer = await fetch(`${booth.sync}/${eventDatabase(a)}/_all_docs`, {
    method: 'POST',
    headers: { authorization: booth.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ keys }),
  });
  const { rows } = (await answer.json()) as { rows: { value: { deleted?: boolean } }[] };
  assert.deepEqual(
    rows.map(({ value }) => value.deleted === true),
    [true, true, false],
  );
});

test('a move may die at any call: shown once at most, its link always opens, and it is completed, there and back', async (t) => {
  const { stack: _, booth, a, b, couch, guest, ...s } = await setUp(t);
  const way = async (photo: TestPhoto, [from, to]: [string, string], parts: Couch) => {
    await beginMove({ couch: parts }, from, photo.key, begun(to));
    await finishMove({ couch: parts }, from, photo.key);
  };
  let isWhole = false;
  for (let survives = FIRST_CALL; !isWhole; survives += CALLS_APART) {
    const [photo] = (await s.add(1, new Date(Date.now() + survives * DAY_MS))) as [TestPhoto];
    for (const direction of [
      [a, b],
      [b, a],
    ] as [string, string][]) {
      const said = `died after ${survives}, to ${direction[1] === b ? 'the other' : 'the first'}`;
      isWhole = await survived(() => way(photo, direction, dyingAt(couch, { left: survives })));
      const shown = await Promise.all([a, b].map((event) => s.isShownIn(event, photo)));
      assert.ok(!(shown[0] && shown[1]), `${said}: shown once`);
      const link = booth.sharePath(photo.n);
      assert.equal((await guest.get(link)).status, 200, said);
      assert.deepEqual(
        Buffer.from(await (await guest.get(`${link}/original`)).arrayBuffer()),
        photo.jpeg,
        said,
      );
      await Promise.all([s.sweep(a, b), s.sweep(b, a)]);
      // Killed before it was written down, it has not begun.
      if (await s.isShownIn(direction[0], photo)) await way(photo, direction, couch);
      assert.deepEqual(await s.partsIn(direction[0], photo), ['removal'], said);
      const there = (await s.partsIn(direction[1], photo)).filter((kind) => WHOLE.includes(kind));
      assert.deepEqual(there, WHOLE, said);
      assert.equal(await s.isShownIn(direction[1], photo), true, said);
    }
    assert.ok(survives < 60, 'it ends');
  }
});

test('what a booth sends of a moved photo goes after it, however often it moved', async (t) => {
  const { booth, a, b, c, ...s } = await setUp(t);
  const [photo, stays] = (await booth.add(2)) as [TestPhoto, TestPhoto];
  await s.moved(a, b, photo);
  await booth.sendShot(photo, 0, Buffer.from('a late shot'));
  await booth.sendShot(stays, 0, Buffer.from('a shot of another'));
  await s.moved(b, c, photo);
  await booth.sendClip(photo, 'mp4', Buffer.from('a late film'));
  await s.sweep(a, b, c);
  assert.deepEqual(await s.partsIn(a, photo), ['removal']);
  assert.deepEqual(await s.partsIn(b, photo), ['removal']);
  assert.deepEqual(await s.partsIn(c, photo), ['clip', 'mark', 'photo', 'preview', 'shot']);
  assert.deepEqual(await s.partsIn(a, stays), ['photo', 'preview', 'shot']);
  await s.moved(c, a, photo);
  await booth.sendShot(photo, 1, Buffer.from('a later shot'));
  await s.sweep(a, b, c);
  const kinds = await s.partsIn(a, photo);
  assert.equal(kinds.filter((kind) => kind === 'shot').length, 2, 'it is at home: they stay');
  assert.ok(WHOLE.every((kind) => kinds.includes(kind)));
});

test('a photo whose original is still on the booth stays, and the page says so', async (t) => {
  const { booth, a, b, visitor, ...s } = await setUp(t);
  const waiting = await booth.take('rocket');
  await booth.sendPreview(waiting);
  const [photo] = (await s.add(1)) as [TestPhoto];
  const refused = await s.move(a, { to: b, photos: waiting.key });
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /1 photo stayed here: its original is still on the booth/);
  const back = await s.moved(a, b, waiting, photo);
  const page = await (await visitor.get(back)).text();
  assert.match(page, /1 photo moved to “Birthday”[\s\S]*1 photo stayed here: its original/);
  assert.deepEqual(await s.partsIn(a, waiting), ['preview']);
});

test('to two events at the same time: one of them has it, and the other is told', async (t) => {
  const { a, b, c, ...s } = await setUp(t);
  for (const photo of await s.add(5)) {
    const answers = await Promise.all([b, c].map((to) => s.move(a, { to, photos: photo.key })));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, 409]);
    const told = await answers.find(({ status }) => status === 409)?.text();
    assert.match(told ?? '', /1 photo was just moved to another event/);
    const to = answers[0]?.status === 303 ? [b, c] : [c, b];
    assert.ok(await s.isShownIn(to[0] ?? '', photo));
    assert.deepEqual(await s.partsIn(to[1] ?? '', photo), []);
    assert.deepEqual(await s.partsIn(a, photo), ['removal']);
  }
});

test('only between events of one customer, only what is there and not deleted', async (t) => {
  const { stack, a, b, visitor, guest, ...s } = await setUp(t);
  const [photo, binned] = (await s.add(2)) as [TestPhoto, TestPhoto];
  const stranger = await stack.account();
  const theirs = await givenBooth(stack, stranger.id);
  const other = await stack.visitor(stranger);
  assert.equal((await s.move(a, { to: theirs.event, photos: photo.key })).status, 404);
  assert.equal((await s.move(a, { to: b, photos: photo.key }, other)).status, 404);
  assert.equal((await s.move(theirs.event, { to: a, photos: photo.key }, other)).status, 404);
  assert.equal((await s.move(a, { to: b, photos: photo.key }, guest)).status, 303, 'to the login');
  assert.equal((await s.move(a, { to: a, photos: photo.key })).status, 400);
  assert.equal((await visitor.get(`/events/${a}/move?photo=x`)).status, 404);
  await visitor.post(`/events/${a}/marks`, { act: 'delete', photo: binned.key });
  const nowhere = photo.key.replace('20260714', '20270714');
  const refused = await s.move(a, { to: b, photos: `${binned.key},${nowhere},../x` });
  assert.equal(refused.status, 409);
  assert.match(await refused.text(), /2 photos are not in this event any more/);
  assert.match(await (await s.move(a, { to: b })).text(), /No photo is chosen/);
  await s.erase(b);
  await eventually('an event that is being erased takes none', async () => {
    const answer = await s.move(a, { to: b, photos: photo.key });
    return answer.status === 404;
  });
  assert.deepEqual(await s.partsIn(a, photo), WHOLE);
  assert.ok(await s.isShownIn(a, photo));
});

test('deeds of others meanwhile: nothing is done to what is on its way, and a guest’s deletion counts where it goes', async (t) => {
  const { booth, a, b, visitor, guest, couch, ...s } = await setUp(t);
  const [first, photo] = (await s.add(2)) as [TestPhoto, TestPhoto];
  for (const one of [first, photo]) await beginMove({ couch }, a, one.key, begun(b));
  await visitor.post(`/events/${a}/marks`, { act: 'delete', photo: first.key });
  assert.equal((await s.markIn(a, first))?.deleted, undefined);
  assert.equal(await couch.get(boothDatabase(booth.booth), deletionId(first.key)), undefined);
  await eventually('the guest deletes it', async () => {
    const answer = await guest.post(`${booth.sharePath(photo.n)}/delete`, {});
    return answer.status === 200;
  });
  assert.equal((await s.markIn(b, photo))?.deleted?.by, 'guest');
  assert.ok(await couch.get(boothDatabase(booth.booth), deletionId(photo.key)));
  assert.equal((await guest.get(booth.sharePath(photo.n))).status, 404);
  assert.deepEqual(await s.partsIn(a, photo), ['removal']);
  await sweepBin({ couch, now: new Date(Date.now() + 8 * DAY_MS) }, b);
  assert.deepEqual(await s.partsIn(b, photo), ['removal']);
  const removal = await couch.get<RemovalDoc>(eventDatabase(b), `removal:${photo.key}`);
  assert.equal(removal?.movedTo, undefined);
  await booth.sendShot(photo, 1, Buffer.from('later than all'));
  await s.sweep(a, b);
  for (const event of [a, b]) assert.deepEqual(await s.partsIn(event, photo), ['removal']);
});

test('what came a moment ago and is removed there leaves nothing where it came from', async (t) => {
  const { a, b, couch, visitor, ...s } = await setUp(t);
  const [photo] = (await s.add(1)) as [TestPhoto];
  await beginMove({ couch }, a, photo.key, begun(b));
  // Killed as soon as it was seen there.
  for (let left = 1; !(await s.isShownIn(b, photo)); left++)
    await survived(() => finishMove({ couch: dyingAt(couch, { left }) }, a, photo.key));
  assert.ok((await s.markIn(a, photo))?.moving);
  await visitor.post(`/events/${b}/marks`, { act: 'delete', photo: photo.key });
  await sweepBin({ couch, now: new Date(Date.now() + 8 * DAY_MS) }, b);
  for (const event of [a, b]) assert.deepEqual(await s.partsIn(event, photo), ['removal']);
});

test('when one of both events ends meanwhile: from the old one it leaves first, in the new one it is not yet', async (t) => {
  const { stack, booth, a, b, c, couch, guest, ...s } = await setUp(t);
  const erasing = {
    ...{ couch, provisioner: openProvisioner(stack.portal.admin), audit: async () => undefined },
    now: () => new Date(),
  };
  const [stays, gone, leaves] = (await s.add(3)) as [TestPhoto, TestPhoto, TestPhoto];
  await beginMove({ couch }, a, stays.key, begun(b));
  await s.moved(a, b, gone);
  const dropped = await s.erase(b);
  assert.ok(dropped);
  await finishMove({ couch }, a, stays.key);
  assert.ok(await s.isShownIn(a, stays), 'it stays');
  await dropEvent(erasing, dropped);
  assert.equal((await guest.get(booth.sharePath(gone.n))).status, 404);
  await booth.sendShot(gone, 1, Buffer.from('for an event that is no more'));
  await s.sweep(a);
  assert.deepEqual(await s.partsIn(a, gone), ['removal']);
  assert.deepEqual(
    (await s.partsIn(a, stays)).filter((kind) => kind !== 'mark'),
    WHOLE,
  );

  await beginMove({ couch }, a, leaves.key, begun(c));
  const old = await s.erase(a);
  assert.ok(old);
  await dropEvent(erasing, old);
  await dropEvent(erasing, old);
  assert.ok(await s.isShownIn(c, leaves));
  assert.deepEqual(
    (await s.partsIn(c, leaves)).filter((kind) => kind !== 'mark'),
    WHOLE,
  );
});
