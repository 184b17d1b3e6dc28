import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { type EventDoc, eventDocId, PHOTO_ATTACHMENT, photoId } from '@photomaton/design-docs/docs';
import { givenBooth, picture, type TestPhoto } from './booth-with-photos.ts';
import type { Visitor } from './browser.ts';
import { type Stack, startStack } from './stack.ts';
import { unzipped } from './unzipped.ts';
import { everyDocument } from './who-sees.ts';

/** The link, as the customer's page shows it. */
async function linkOn(customer: Visitor, sharing: string): Promise<string> {
  const page = await (await customer.get(sharing)).text();
  return /href="[^"]*(\/g\/[\w-]+)"/.exec(page)?.[1] ?? '';
}

test('the link of an event', async (t) => {
  const stack = await startStack(t);
  const owner = await stack.account({ name: 'Secret Owner' });
  const booth = await givenBooth(stack, owner.id, { title: 'Camille & Noé' });
  const [first, second] = (await booth.add(2)) as [TestPhoto, TestPhoto];
  const customer = await stack.visitor(owner);
  const sharing = `/events/${booth.event}/sharing`;
  const share = (fields: Record<string, string>) => customer.post(sharing, { act: 'save', ...fields });
  const path = () => linkOn(customer, sharing);
  const guest = await stack.visitor();
  const status = async (url: string) => {
    const answer = await guest.get(url);
    await answer.body?.cancel();
    return answer.status;
  };

  await t.test('is not there until the customer makes it', async () => {
    assert.equal(await path(), '');
    assert.equal((await share({ download: 'yes' })).status, 303);
    assert.match(await path(), /^\/g\/[\w-]{38}$/);
  });

  await t.test('shows the photos to whoever has it, and nothing else', async () => {
    const link = await path();
    const answer = await guest.get(link);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('x-robots-tag') ?? '', /noindex/);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.equal(answer.headers.get('set-cookie'), null);
    const html = await answer.text();
    assert.ok(html.includes('Camille &amp; Noé'));
    for (const { key } of [first, second]) assert.ok(html.includes(`${link}/photos/${key}/thumbnail`));
    for (const secret of ['Secret Owner', booth.event, booth.name, first.name])
      assert.ok(!html.includes(secret));
    const preview = [...html.matchAll(/<meta property="og:[^>]*>/g)].join('');
    assert.ok(preview.includes('og:title'));
    assert.ok(!preview.includes('Camille'), 'a chat does not say whose party it was');
    const photo = await guest.get(`${link}/photos/${first.key}`);
    assert.ok((await photo.text()).includes(`${link}/photos/${second.key}`), 'and the way to the next');
    const screen = await guest.get(`${link}/photos/${first.key}/screen`);
    assert.deepEqual(Buffer.from(await screen.arrayBuffer()), first.small);
    const original = await guest.get(`${link}/photos/${first.key}/original`);
    assert.deepEqual(Buffer.from(await original.arrayBuffer()), first.jpeg);
  });

  await t.test('shows no photo that is hidden or deleted', async () => {
    const link = await path();
    const marks = `/events/${booth.event}/marks`;
    for (const [act, back] of [
      ['hide', 'show'],
      ['delete', 'restore'],
    ] as const) {
      await customer.post(marks, { act, photo: first.key });
      assert.ok(!(await (await guest.get(link)).text()).includes(first.key));
      for (const tail of ['', '/thumbnail', '/screen', '/original'])
        assert.equal(await status(`${link}/photos/${first.key}${tail}`), 404);
      await customer.post(marks, { act: back, photo: first.key });
      assert.equal(await status(`${link}/photos/${first.key}`), 200);
    }
  });

  await t.test('gives all photos in one file, none of which says where it was taken', async () => {
    const tagged = await booth.take('astronaut');
    const jpeg = await picture('astronaut');
    const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 10]), Buffer.from('Exif\0\0GP')]);
    const bytes = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    const [, time = ''] = tagged.photo._id.split(':');
    const id = photoId(
      { time, booth: booth.booth, n: tagged.n },
      createHash('md5').update(bytes).digest('hex'),
    );
    await booth.sendPreview({ ...tagged, preview: { ...tagged.preview, photo: id } });
    await booth.send({ ...tagged.photo, _id: id, bytes: bytes.length } as { _id: string }, [
      { name: PHOTO_ATTACHMENT, bytes },
    ]);
    const link = await path();
    const zip = await guest.get(`${link}/photos.zip`);
    assert.match(zip.headers.get('content-disposition') ?? '', /Camille & No.*\.zip/);
    const files = await unzipped(zip);
    assert.deepEqual([...files.keys()].sort(), [first.name, second.name, tagged.name].sort());
    assert.deepEqual(files.get(first.name), first.jpeg);
    assert.deepEqual(files.get(tagged.name), tagged.small);
    const single = await guest.get(`${link}/photos/${tagged.key}/original`);
    assert.ok(!Buffer.from(await single.arrayBuffer()).includes('Exif'));
  });

  await t.test('gives nothing to take along where the customer says so', async () => {
    await share({});
    const link = await path();
    const html = await (await guest.get(`${link}/photos/${first.key}`)).text();
    assert.doesNotMatch(html, /\/original/);
    assert.equal(await status(`${link}/photos/${first.key}/original`), 404);
    assert.equal(await status(`${link}/photos.zip`), 404);
    await share({ download: 'yes' });
  });

  await t.test('with a password shows not a byte before it, and everything after', async () => {
    const link = await path();
    await share({ download: 'yes', password: 'abc' });
    assert.equal(await status(link), 200);
    assert.ok((await (await guest.get(link)).text()).includes(first.key), 'three letters are refused');
    await share({ download: 'yes', password: 'confetti' });
    assert.equal(await path(), link, 'the printed sheets stay true');
    const page = await (await guest.get(link)).text();
    for (const leak of [first.key, 'Camille']) assert.ok(!page.includes(leak));
    const inside = ['', '/thumbnail', '/screen', '/original', '/clip.mp4'].map(
      (tail) => `${link}/photos/${first.key}${tail}`,
    );
    for (const url of [...inside, `${link}/photos.zip`]) assert.equal(await status(url), 404);
    const wrong = await guest.post(link, { password: 'Confetti' });
    assert.equal(wrong.status, 422);
    const right = await guest.post(link, { password: 'confetti' });
    assert.equal(right.status, 303);
    assert.match(
      right.headers.get('set-cookie') ?? '',
      new RegExp(`^guest=.*Path=${link};.*HttpOnly; SameSite`),
    );
    assert.ok((await (await guest.get(link)).text()).includes(first.key));
    assert.equal(await status(`${link}/photos/${first.key}/original`), 200);
    // Whoever was let in with the old one is asked again.
    await share({ download: 'yes', password: 'serpentin' });
    assert.ok(!(await (await guest.get(link)).text()).includes(first.key));
    await share({ download: 'yes', open: 'yes' });
    assert.ok((await (await guest.get(link)).text()).includes(first.key));
  });

  await t.test('slows down who guesses its password, and forgets it', async () => {
    await share({ download: 'yes', password: 'confetti' });
    const link = await path();
    const stranger = await stack.visitor();
    const statuses: number[] = [];
    for (let i = 0; i < 32; i += 1)
      statuses.push((await stranger.post(link, { password: `no ${i}` })).status);
    assert.equal(statuses[0], 422);
    assert.equal(statuses.at(-1), 429);
    await share({ download: 'yes', open: 'yes' });
  });

  await t.test('opens nothing when its last day is over', async () => {
    const link = await path();
    await share({ download: 'yes', lastDay: '2026-02-30' });
    assert.equal(await status(link), 200);
    await share({ download: 'yes', lastDay: '2020-01-31' });
    assert.equal(await status(link), 404);
    assert.equal(await status(`${link}/photos/${first.key}/screen`), 404);
    assert.match(await (await customer.get(sharing)).text(), /value="2020-01-31"/);
    await share({ download: 'yes' });
    assert.equal(await status(link), 200);
  });

  await t.test('is kept when the settings of the event are saved', async () => {
    const link = await path();
    const settings = await (await customer.get(`/events/${booth.event}/settings`)).text();
    assert.match(settings, /name="title"/);
    const saved = await customer.post(`/events/${booth.event}/settings`, {
      ...{ title: 'Camille & Noé', language: 'en', languages: 'en', modes: 'single' },
      ...{ templates: 'polaroid', filters: 'none', accent: '#b3261e' },
    });
    assert.equal(saved.status, 303);
    assert.equal(await path(), link);
  });

  await t.test('is nowhere in the databases, nor is its password', async () => {
    await share({ download: 'yes', password: 'confetti' });
    const dump = await everyDocument(stack.portal.admin);
    assert.ok(!dump.includes('confetti'));
    assert.ok(!dump.includes((await path()).slice('/g/'.length)));
    await share({ download: 'yes', open: 'yes' });
  });

  await t.test('that was taken back is like one that never was', async () => {
    const link = await path();
    const body = async (url: string) => {
      const answer = await guest.get(url);
      assert.equal(answer.status, 404);
      return (await answer.text()).replaceAll(url, '').replaceAll(/nonce="[^"]*"/g, '');
    };
    const never = await body(`/g/${'A'.repeat(38)}`);
    await customer.post(sharing, { act: 'revoke' });
    assert.equal(await path(), '');
    assert.equal(await body(link), never);
    assert.equal(await body('/g/x'), never);
    assert.equal(await status(`${link}/photos/${first.key}/thumbnail`), 404);
    await share({ download: 'yes' });
    assert.notEqual(await path(), link, 'another link, another code');
    assert.equal(await status(link), 404);
    const tried = new Set<number>();
    for (let i = 0; i < 70; i += 1) tried.add(await status(`/g/${'A'.repeat(36)}${i + 10}`));
    assert.deepEqual([...tried].sort(), [404, 429], 'who tries links has to wait');
    assert.equal(await status(await path()), 200, 'who has one has not');
  });

  await t.test('is for its owner to make', async () => {
    const other = await stack.visitor(await stack.account());
    assert.equal((await other.get(sharing)).status, 404);
    assert.equal((await other.get(`${sharing}/print`)).status, 404);
    assert.equal((await other.post(sharing, { act: 'revoke' })).status, 404);
    assert.ok((await stack.couch.get<EventDoc>('fleet', eventDocId(booth.event)))?.link);
  });
});

/** An event of which guests know the link and the password. */
async function sharedEvent(stack: Stack) {
  const owner = await stack.account();
  const { event } = await givenBooth(stack, owner.id);
  const customer = await stack.visitor(owner);
  const sharing = `/events/${event}/sharing`;
  await customer.post(sharing, { act: 'save', password: 'confetti' });
  const path = () => linkOn(customer, sharing);
  return { event, customer, sharing, path, link: await path() };
}

/** Somebody who guesses at the password of a link, from wherever she is told. */
async function guesser(stack: Stack, link: string) {
  const stranger = await stack.visitor();
  const headers = { 'x-csrf-token': await stranger.csrfToken(), cookie: stranger.cookies() };
  /** So many guesses from one address; gives how many were looked at. */
  return async (from: number, tries: number): Promise<number> => {
    const statuses: number[] = [];
    for (let n = 0; n < tries; n += 10) {
      const some = Array.from({ length: 10 }, async () => {
        const answer = await fetch(stack.url + link, {
          method: 'POST',
          headers: { ...headers, 'x-forwarded-for': `192.0.2.${from}` },
          body: new URLSearchParams({ password: 'Confetti' }),
        });
        await answer.arrayBuffer();
        return answer.status;
      });
      statuses.push(...(await Promise.all(some)));
    }
    assert.ok(statuses.every((status) => status === 422 || status === 429));
    return statuses.filter((status) => status === 422).length;
  };
}

test('who guesses the password of a link in one place keeps nobody out in another', async (t) => {
  const stack = await startStack(t);
  const { link } = await sharedEvent(stack);
  const guess = await guesser(stack, link);
  // More than are looked at from everywhere together.
  assert.equal(await guess(0, 330), 30);
  assert.equal(await guess(1, 10), 10);
});

test('three hundred wrong passwords from everywhere are the limit of a link; who is in stays in', async (t) => {
  const stack = await startStack(t);
  const [one, other] = [await sharedEvent(stack), await sharedEvent(stack)];
  // A hash that is soon made: it is the tries that count here.
  const passwordHash = await hash('confetti', { memoryCost: 8, timeCost: 1, parallelism: 1 });
  await stack.admin.update<EventDoc>('fleet', eventDocId(one.event), (doc) =>
    doc?.link ? { ...doc, link: { ...doc.link, passwordHash } } : undefined,
  );
  const [guest, friend, late] = [await stack.visitor(), await stack.visitor(), await stack.visitor()];
  const tell = (visitor: Visitor, link: string, from: number) =>
    visitor.post(link, { password: 'confetti' }, { 'x-forwarded-for': `192.0.2.${from}` });
  for (const visitor of [guest, friend])
    assert.equal((await tell(visitor, one.link, 0)).status, 303, 'a right one does not count');
  const guess = await guesser(stack, one.link);
  for (let from = 0; from < 10; from += 1) assert.equal(await guess(from, 30), 30);
  assert.equal(await guess(10, 10), 0);

  // Not even the right one is looked at, or guessing would go on.
  const refused = await tell(late, one.link, 101);
  assert.equal(refused.status, 429);
  const waitS = Number(refused.headers.get('retry-after'));
  assert.ok(waitS > 800 && waitS <= 900, `${waitS} s`);
  assert.doesNotMatch(await (await guest.get(one.link)).text(), /name="password"/, 'who was let in before');
  assert.equal((await tell(late, other.link, 101)).status, 303, 'another link');
  await one.customer.post(one.sharing, { act: 'revoke' });
  await one.customer.post(one.sharing, { act: 'save', password: 'confetti' });
  assert.equal((await tell(late, await one.path(), 101)).status, 303, 'the one that takes its place');
});
