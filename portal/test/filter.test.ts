import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openProvisioner } from '@photomaton/couch/setup';
import { type EventDoc, eventDatabase, eventDocId } from '@photomaton/design-docs/docs';
import { filterOf, needsZone } from '../gallery/filter.ts';
import { walk } from '../gallery/walk.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

const keysOn = (html: string): string[] =>
  [...html.matchAll(/data-key="([^"]+)"/g)].map(([, key = '']) => key);

test('a filter is what its query says, and nothing that it does not know', () => {
  const booth = 'ab'.repeat(12);
  assert.deepEqual(filterOf({}), {});
  assert.deepEqual(filterOf({ show: 'favourites', booth, layout: 'classic-strip' }), {
    ...{ show: 'favourites', booth, layout: 'classic-strip' },
  });
  assert.deepEqual(filterOf({ show: 'all', booth: '../x', layout: ['a'], from: 'now', to: '' }), {});
  // A minute on the wall of the party is meant whole.
  const wall = { from: '2026-07-14T15:30', to: '2026-07-14T15:30' };
  assert.ok(needsZone(wall));
  assert.deepEqual(filterOf(wall, '+02:00'), {
    ...{ from: '20260714T133000.000Z', to: '20260714T133100.000Z' },
  });
  const exact = { from: '20260714T133000.042Z', to: '20260714T133100.000Z' };
  assert.ok(!needsZone(exact));
  assert.deepEqual(filterOf(exact), exact);
  assert.deepEqual(filterOf({ from: '2026-99-99T99:99' }), {});
});

test('photos by booth, time and layout', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const visitor = await stack.visitor(customer);
  const booth = await givenBooth(stack, customer.id, { title: 'Camille & Noé' });
  const other = await givenBooth(stack, customer.id);
  // Both booths at one event.
  const provisioner = openProvisioner(stack.portal.admin);
  await provisioner.setEventBooths(booth.event, [booth.booth, other.booth]);
  await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (doc) =>
    doc ? { ...doc, booths: [booth.booth, other.booth] } : undefined,
  );
  const start = Date.UTC(2026, 6, 14, 13);
  const making = { version: 1, language: 'en' } as const;
  const all: (TestPhoto & { by: string; layout: string })[] = [];
  for (let i = 0; i < 24; i++) {
    const layout = i % 4 === 0 ? 'postcard' : 'classic-strip';
    const by = i % 3 === 0 ? other : booth;
    const photo = await by.take('coffee', new Date(start + i * 60_000), {
      made: { ...making, template: layout },
    });
    const to = { event: booth.event };
    await by.sendPreview(photo, to);
    await by.sendOriginal(photo, to);
    all.push({ ...photo, by: by.booth, layout });
  }
  all.reverse();
  const path = `/events/${booth.event}`;
  const shown = async (query: string) => keysOn(await (await visitor.get(`${path}?${query}`)).text());
  const those = (wanted: (photo: (typeof all)[number], i: number) => boolean) =>
    all.filter(wanted).map(({ key }) => key);

  await t.test('each alone and together', async () => {
    assert.deepEqual(
      await shown(''),
      those(() => true),
    );
    assert.deepEqual(
      await shown(`booth=${other.booth}`),
      those(({ by }) => by === other.booth),
    );
    assert.deepEqual(
      await shown('layout=postcard'),
      those(({ layout }) => layout === 'postcard'),
    );
    // 13:05 to 13:09 in UTC is 15:05 to 15:09 on the wall.
    const time = 'from=2026-07-14T15%3A05&to=2026-07-14T15%3A09';
    const isThen = ({ key }: TestPhoto) => key >= '20260714T1305' && key < '20260714T1310';
    assert.deepEqual(await shown(time), those(isThen));
    assert.deepEqual(
      await shown(`${time}&booth=${booth.booth}&layout=classic-strip`),
      those((photo) => isThen(photo) && photo.by === booth.booth && photo.layout === 'classic-strip'),
    );
    const favourite = all[3]?.key ?? '';
    await visitor.post(`${path}/marks`, { act: 'favourite', photos: `${favourite},${all[4]?.key}` });
    assert.deepEqual(await shown(`show=favourites&layout=${all[3]?.layout}&from=${favourite.slice(0, 20)}`), [
      favourite,
    ]);
    assert.deepEqual(await shown('layout=no-such'), []);
  });

  await t.test('the form offers what there is, and keeps what was chosen', async () => {
    const html = await (await visitor.get(`${path}/filter?layout=postcard&from=2026-07-14T15%3A05`)).text();
    assert.match(html, /<option value="postcard" selected>Postcard</);
    assert.match(html, /<option value="classic-strip">Classic strip</);
    const french = await visitor.get(`${path}/filter`, { Cookie: `${visitor.cookies()}; lang=fr` });
    assert.match(await french.text(), /<option value="classic-strip">Bande de quatre</);
    for (const { booth: id, name } of [booth, other])
      assert.ok(html.includes(`<option value="${id}">${name}<`));
    assert.match(html, /name="from" value="2026-07-14T15:05"/);
  });

  await t.test('walked in legs of any size, both ways, every photo comes once and in order', async () => {
    const { couch } = stack;
    // Marks without a photo, as a removal that was cut short leaves them, are in the way of short legs.
    for (let n = 100; n < 108; n++) {
      const key = `20260714T131000.00${n % 10}Z:${booth.booth}:${n}`;
      await couch.put(eventDatabase(booth.event), { _id: `mark:${key}`, type: 'mark', favourite: true });
    }
    await visitor.post(`${path}/marks`, { act: 'hide', photos: `${all[7]?.key},${all[8]?.key}` });
    const visible = those((_, i) => i !== 7 && i !== 8);
    for (const legSize of [1, 2, 3, 7, 100]) {
      for (const descending of [true, false]) {
        for (const filter of [
          {},
          { layout: 'postcard' },
          { booth: other.booth },
          { show: 'hidden' as const },
        ]) {
          for (const of of ['preview', 'photo'] as const) {
            if (of === 'photo' && descending) continue; // zips begin with the oldest
            const found: string[] = [];
            const options = { filter, descending, legSize, of };
            for await (const leg of walk({ couch }, booth.event, options))
              found.push(...leg.photos.map((p) => p.key));
            const isWanted = ({ layout, by }: (typeof all)[number]) =>
              (!filter.layout || layout === filter.layout) && (!filter.booth || by === filter.booth);
            const wanted = filter.show
              ? [all[7]?.key, all[8]?.key]
              : those(isWanted).filter((key) => visible.includes(key));
            const inOrder = descending ? wanted : wanted.toReversed();
            assert.deepEqual(found, inOrder, JSON.stringify({ legSize, descending, filter, of }));
          }
        }
      }
    }
  });
});
