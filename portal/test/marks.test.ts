import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditDoc, MarkDoc } from '@photomaton/design-docs/docs';
import { eventDatabase } from '@photomaton/design-docs/docs';
import { changed } from '../gallery/marks.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

const keysOn = (html: string): string[] =>
  [...html.matchAll(/data-key="([^"]+)"/g)].map(([, key = '']) => key);

test('a mark after each deed; what changes nothing writes nothing', () => {
  const now = new Date('2026-07-15T08:00:00.000Z');
  const act = { at: now.toISOString(), by: 'camille' };
  const deleted = { ...act, until: '2026-07-22T08:00:00.000Z' };
  const none: MarkDoc = { _id: 'mark:k', type: 'mark' };
  const all: MarkDoc = { ...none, favourite: true, hidden: act, deleted };
  const deed = (before: MarkDoc, what: Parameters<typeof changed>[1]['act'], at = now) =>
    changed(before, { act: what, by: 'camille', now: at });
  assert.deepEqual(deed(none, 'favourite'), { ...none, favourite: true });
  assert.deepEqual(deed(none, 'hide'), { ...none, hidden: act });
  assert.deepEqual(deed(none, 'delete'), { ...none, deleted });
  for (const what of ['unfavourite', 'show', 'restore'] as const) assert.equal(deed(none, what), undefined);
  assert.deepEqual(deed(all, 'unfavourite'), { ...none, hidden: act, deleted });
  assert.deepEqual(deed(all, 'show'), { ...none, favourite: true, deleted });
  assert.deepEqual(deed(all, 'restore'), { ...none, favourite: true, hidden: act });
  for (const what of ['favourite', 'hide', 'delete'] as const) assert.equal(deed(all, what), undefined);
  assert.equal(deed(all, 'restore', new Date(deleted.until)), undefined, 'too late');
  const leaving: MarkDoc = { ...none, hidden: act, moving: { ...act, to: 'e'.repeat(24) } };
  for (const what of ['favourite', 'show', 'delete'] as const) assert.equal(deed(leaving, what), undefined);
  const came: MarkDoc = { ...none, from: { event: 'e'.repeat(24), at: act.at } };
  assert.deepEqual(deed({ ...came, hidden: act }, 'show'), came);
});

test('what a customer does with photos', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  const guest = await stack.visitor();
  const photos = (await booth.add(6)) as [TestPhoto, TestPhoto, TestPhoto, TestPhoto, TestPhoto, TestPhoto];
  const newestFirst = photos.map(({ key }) => key).reverse();
  const path = `/events/${booth.event}`;
  const page = async (query = '') => (await visitor.get(`${path}${query}`)).text();
  const mark = (fields: Record<string, string>, as = visitor) => as.post(`${path}/marks`, fields);
  const keys = (...which: TestPhoto[]) => which.map(({ key }) => key).join(',');
  const without = (...which: TestPhoto[]) =>
    newestFirst.filter((key) => !which.some((photo) => photo.key === key));

  await t.test('favourites are found again', async () => {
    const answer = await mark({ act: 'favourite', photo: photos[1].key, back: `${path}?show=hidden` });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.get('location'), `${path}?show=hidden`);
    await mark({ act: 'favourite', photos: keys(photos[3], photos[1]) });
    assert.deepEqual(keysOn(await page('?show=favourites')), [photos[3].key, photos[1].key]);
    assert.match(await page(), new RegExp(`data-key="${photos[3].key}" data-favourite`));
    await mark({ act: 'unfavourite', photo: photos[1].key });
    assert.deepEqual(keysOn(await page('?show=favourites')), [photos[3].key]);
    assert.deepEqual(keysOn(await page()), newestFirst);
  });

  await t.test('hidden ones are kept from guests, and shown again', async () => {
    const link = booth.sharePath(photos[0].n);
    assert.equal((await guest.get(link)).status, 200);
    await mark({ act: 'hide', photo: photos[0].key });
    assert.deepEqual(keysOn(await page()), without(photos[0]));
    assert.deepEqual(keysOn(await page('?show=hidden')), [photos[0].key]);
    for (const kind of ['wall', 'slideshow'])
      assert.ok(!(await page(`/${kind}`)).includes(photos[0].key), kind);
    const forged = link.replace(/\.(.)/, (_, digit) => `.${digit === 'A' ? 'B' : 'A'}`);
    for (const what of ['', '/screen', '/original', '/state']) {
      const answer = await guest.get(link + what);
      assert.equal(answer.status, 404, what);
      const same = (text: string) => text.replaceAll(/\/p\/[^"/?]+/g, '');
      assert.equal(same(await answer.text()), same(await (await guest.get(forged + what)).text()));
    }
    assert.equal(
      (await visitor.get(`${path}/photos/${photos[0].key}/screen`)).status,
      200,
      'its owner sees it',
    );
    await mark({ act: 'show', photo: photos[0].key });
    assert.deepEqual(keysOn(await page()), newestFirst);
    assert.equal((await guest.get(link)).status, 200);
  });

  await t.test('deleted ones can be brought back, together or one by one', async () => {
    const answer = await mark({ act: 'delete', photos: keys(photos[4], photos[5]) });
    const back = answer.headers.get('location') ?? '';
    assert.match(back, /\?deleted=/);
    const html = await (await visitor.get(back)).text();
    assert.match(html, /2 photos deleted/);
    assert.match(html, /<strong>4<\/strong> photos in the cloud/);
    assert.deepEqual(keysOn(html), without(photos[4], photos[5]));
    assert.deepEqual(keysOn(await page('?show=deleted')), [photos[5].key, photos[4].key]);
    assert.equal((await guest.get(booth.sharePath(photos[5].n))).status, 404);
    assert.doesNotMatch(await (await visitor.get(`${path}/photos/${photos[3].key}`)).text(), /rel="prev"/);
    const [, until = ''] = /name="until" value="([^"]+)"/.exec(html) ?? [];
    await mark({ act: 'restore', until });
    assert.deepEqual(keysOn(await page()), newestFirst);

    await mark({ act: 'delete', photo: photos[2].key });
    assert.match(await page(`/photos/${photos[2].key}`), /value="restore"/);
    await mark({ act: 'restore', photo: photos[2].key });
    assert.deepEqual(keysOn(await page()), newestFirst);
  });

  await t.test('of hiding and deleting there is a record', async () => {
    const trail = await stack.couch.range<AuditDoc>('audit', {
      startkey: 'audit:',
      endkey: 'audit;',
      limit: 100,
    });
    const ours = trail.filter(({ subject }) => subject === booth.event);
    assert.deepEqual(
      ours.map(({ action, actor, details }) => [action, actor, details?.photos]),
      [
        ['photos hidden', customer.id, 1],
        ['photos shown again', customer.id, 1],
        ['photos deleted', customer.id, 2],
        ['photos brought back', customer.id, 2],
        ['photos deleted', customer.id, 1],
        ['photos brought back', customer.id, 1],
      ],
    );
  });

  await t.test('a script gets what to undo with', async () => {
    const answer = await visitor.post(
      `${path}/marks`,
      { act: 'delete', photo: photos[2].key },
      { Accept: 'application/json' },
    );
    const { count, until } = (await answer.json()) as { count: number; until: string };
    assert.equal(count, 1);
    await mark({ act: 'restore', until });
    assert.deepEqual(keysOn(await page()), newestFirst);
  });

  await t.test('what is no photo here, no deed, or not theirs is left alone', async () => {
    const db = eventDatabase(booth.event);
    const marks = () => stack.couch.ids(db, { startkey: 'mark:', endkey: 'mark:~', limit: 100 });
    const before = await marks();
    const nowhere = photos[0].key.replace('20260714', '20270714');
    await mark({ act: 'hide', photos: `${nowhere},_design/event,../x` });
    assert.equal((await mark({ act: 'shred', photo: photos[0].key })).status, 400);
    assert.equal((await mark({ act: 'restore', until: 'x' })).status, 303);
    const stranger = await stack.visitor(await stack.account());
    assert.equal((await mark({ act: 'delete', photo: photos[0].key }, stranger)).status, 404);
    assert.equal((await mark({ act: 'delete', photo: photos[0].key }, guest)).status, 303, 'to the login');
    const evil = await mark({ act: 'hide', photos: '', back: 'https://evil.example/' });
    assert.equal(evil.headers.get('location'), '/');
    assert.deepEqual(await marks(), before);
    const many = Array.from({ length: 1001 }, (_, n) => `20260714T130000.000Z:${booth.booth}:${n + 1}`);
    assert.ok([400, 413].includes((await mark({ act: 'hide', photos: many.join(',') })).status));
  });
});
