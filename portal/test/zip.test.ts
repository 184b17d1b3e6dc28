import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { openProvisioner } from '@photomaton/couch/setup';
import { partsOf, zipOf } from '../gallery/zip.ts';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { eventually } from './eventually.ts';
import { startStack } from './stack.ts';
import { unzipped } from './unzipped.ts';

test('photos as a zip', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id, { title: 'Camille & Noé: "14/7"' });
  const other = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  const photos = (await booth.add(5)) as [TestPhoto, TestPhoto, TestPhoto, TestPhoto, TestPhoto];
  const path = `/events/${booth.event}`;
  const contents = (...which: TestPhoto[]) => which.map(({ name, jpeg }) => [name, jpeg]);

  await t.test('all of them, bit for bit, the oldest first, under their names', async () => {
    const answer = await visitor.get(`${path}/photos.zip`);
    assert.match(
      answer.headers.get('content-disposition') ?? '',
      /^attachment; filename="Camille & No\?.*\.zip"/,
    );
    assert.doesNotMatch(answer.headers.get('content-disposition') ?? '', /14\/7/);
    assert.deepEqual([...(await unzipped(answer))], contents(...photos));
  });

  await t.test('those that were chosen', async () => {
    const chosen = [photos[3], photos[1]];
    const answer = await visitor.post(`${path}/photos.zip`, {
      photos: chosen.map(({ key }) => key).join(','),
    });
    assert.deepEqual([...(await unzipped(answer))], contents(...chosen));
  });

  await t.test('those of a filter, and of a range of time', async () => {
    const [from = '', to = ''] = [photos[1], photos[3]].map(({ key }) => key.slice(0, 20));
    const answer = await visitor.get(`${path}/photos.zip?from=${from}&to=${to}`);
    assert.deepEqual([...(await unzipped(answer))], contents(photos[1], photos[2]));
    await visitor.post(`${path}/marks`, { act: 'favourite', photo: photos[4].key });
    const favourites = await visitor.get(`${path}/photos.zip?show=favourites`);
    assert.deepEqual([...(await unzipped(favourites))], contents(photos[4]));
  });

  await t.test('without what is hidden or deleted, or still on the booth', async () => {
    await booth.sendPreview(await booth.take('rocket'));
    await visitor.post(`${path}/marks`, { act: 'hide', photo: photos[0].key });
    await visitor.post(`${path}/marks`, { act: 'delete', photo: photos[2].key });
    const left = [photos[1], photos[3], photos[4]];
    assert.deepEqual([...(await unzipped(await visitor.get(`${path}/photos.zip`)))], contents(...left));
    await visitor.post(`${path}/marks`, { act: 'show', photo: photos[0].key });
    await visitor.post(`${path}/marks`, { act: 'restore', photo: photos[2].key });
  });

  await t.test('two booths may have taken one in the same second', async () => {
    const { jpeg, ...same } = await other.take('chelsea', new Date(Date.UTC(2026, 6, 14, 13, 30, 30)));
    const doc = { ...same.photo, name: photos[0].name };
    await openProvisioner(stack.portal.admin).setEventBooths(booth.event, [booth.booth, other.booth]);
    await other.sendOriginal({ ...same, jpeg, photo: doc }, { event: booth.event });
    const names = [...(await unzipped(await visitor.get(`${path}/photos.zip`))).keys()];
    const serial = other.booth.slice(-4).toUpperCase();
    assert.deepEqual(names.slice(0, 2), [photos[0].name, photos[0].name.replace('.jpg', `-${serial}.jpg`)]);
  });

  await t.test('a large event in parts by time', async () => {
    const [part] = await partsOf({ couch: stack.couch }, booth.event);
    assert.deepEqual(part, { from: photos[0].key.slice(0, 20), to: undefined });
    const html = await (await visitor.get(`${path}/download`)).text();
    assert.match(html, /Part 1: from .*July 14, 2026, 3:30/);
    assert.ok(html.includes(`${path}/photos.zip?from=${part?.from}"`));
  });
});

test('two zips at once for an account; a reader who goes away makes room, and ends the transfer', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  // More than fits between a portal and a reader who does not read.
  const large = await booth.take('coffee', new Date(), { padBytes: 30e6 });
  await booth.sendPreview(large);
  await booth.sendOriginal(large);
  const path = `/events/${booth.event}/photos.zip`;
  const startReading = async () => {
    const [answer] = await once(
      get(stack.url + path, { headers: { cookie: visitor.cookies() } }),
      'response',
    );
    return answer as IncomingMessage;
  };
  const readers = [await startReading(), await startReading()];
  const third = await visitor.get(path);
  assert.equal(third.status, 429);
  assert.equal(third.headers.get('retry-after'), '60');
  const stranger = await stack.account();
  const theirs = await givenBooth(stack, stranger.id);
  const other = await (await stack.visitor(stranger)).get(`/events/${theirs.event}/photos.zip`);
  assert.equal(other.status, 200, 'another account is not kept waiting');
  for (const reader of readers) reader.destroy();
  await eventually('room', async () => {
    const answer = await visitor.get(path);
    return answer.status === 200 && (await unzipped(answer)).size === 1;
  });
});

/** Photos of 1 MB without end, as CouchDB would send them; counts how many were asked for and let go of. */
function endless() {
  const counts = { asked: 0, ended: 0 };
  const attachment = async (
    _db: string,
    _id: string,
    _name: string,
    options?: { signal?: AbortSignal | undefined },
  ) => {
    counts.asked += 1;
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 16; i++) yield Buffer.alloc(65_536);
      })(),
    );
    options?.signal?.addEventListener('abort', () => body.destroy());
    body.once('close', () => {
      counts.ended += 1;
    });
    return { status: 200, headers: {}, body };
  };
  async function* photos() {
    for (let n = 1; ; n++) {
      const common = {
        booth: 'ab'.repeat(12),
        width: 1,
        height: 1,
        takenAt: '2026-07-14T15:30:12.042+02:00',
      };
      yield { ...common, key: `k${n}`, original: `photo${n}`, name: `${n}.jpg`, mark: {}, hasFilm: false };
    }
  }
  return { counts, attachment, photos };
}

test('a photo is asked for when its turn comes, and not before: a reader who does not read stops everything', async () => {
  const { counts, attachment, photos } = endless();
  const gone = new AbortController();
  const zip = zipOf({ couch: { attachment }, signal: gone.signal }, 'event', photos());
  const chunks = zip[Symbol.asyncIterator]();
  for (let read = 0; read < 5 * 2 ** 20; ) read += ((await chunks.next()).value as Buffer).length;
  assert.ok(counts.asked <= 7, `${counts.asked} photos were asked for, of which 5 were read`);
  gone.abort();
  zip.destroy();
  await eventually('the end of all transfers', async () => counts.ended === counts.asked);
});

test('a zip that breaks off is no whole zip', async () => {
  const { attachment, photos } = endless();
  let asked = 0;
  const failing: typeof attachment = async (...args) => {
    asked += 1;
    if (asked === 3) throw new Error('CouchDB went away');
    return attachment(...args);
  };
  const zip = zipOf(
    { couch: { attachment: failing }, signal: new AbortController().signal },
    'event',
    photos(),
  );
  let bytes = 0;
  await assert.rejects(async () => {
    for await (const chunk of zip) {
      bytes += (chunk as Buffer).length;
      assert.ok(bytes < 10e6, 'it goes on without the third');
    }
  }, /CouchDB went away/);
});
