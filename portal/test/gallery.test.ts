import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

const keysOn = (html: string): string[] =>
  [...html.matchAll(/data-key="([^"]+)"/g)].map(([, key = '']) => key);
const linkTo = (html: string, rel: 'next' | 'prev'): string | undefined =>
  new RegExp(`rel="${rel}"[^>]*href="([^"]+)"`).exec(html)?.[1];

test('three hundred photos, a page at a time', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  const start = new Date(Date.UTC(2026, 6, 14, 13));
  const photos: TestPhoto[] = [];
  for (let i = 0; i < 300; i++) {
    const photo = await booth.take('chelsea', new Date(start.getTime() + i * 1000));
    await booth.sendPreview(photo);
    photos.push(photo);
  }
  const newestFirst = photos.map(({ key }) => key).reverse();
  const page = async (path: string) => (await visitor.get(path)).text();

  await t.test('every photo once, newest first, and the same way back', async () => {
    let path: string | undefined = `/events/${booth.event}`;
    const seen: string[] = [];
    let last = '';
    while (path) {
      const html = await page(path);
      const keys = keysOn(html);
      assert.ok(keys.length <= 60);
      seen.push(...keys);
      last = html;
      path = linkTo(html, 'next');
    }
    assert.deepEqual(seen, newestFirst);

    let pages = 0;
    const back = keysOn(last).reverse();
    for (path = linkTo(last, 'prev'); path; pages++) {
      const html = await page(path);
      back.push(...keysOn(html).reverse());
      path = linkTo(html, 'prev');
    }
    assert.equal(pages, 4);
    assert.deepEqual(back.reverse(), newestFirst);
  });

  await t.test('photos that arrive meanwhile move nothing to another page', async () => {
    const first = await page(`/events/${booth.event}`);
    const arriving = await booth.take('chelsea', new Date(start.getTime() + 3600_000));
    await booth.sendPreview(arriving);
    const second = await page(linkTo(first, 'next') ?? '');
    assert.deepEqual([...keysOn(first), ...keysOn(second)], newestFirst.slice(0, 120));
  });

  await t.test('a key that is none is no page', async () => {
    for (const query of [
      'before=x',
      'after=',
      'before=_design/event',
      `after=${'9'.repeat(500)}`,
      `before=${newestFirst[1]}&before=${newestFirst[2]}`,
    ]) {
      assert.equal((await visitor.get(`/events/${booth.event}?${query}`)).status, 404, query);
    }
  });

  await t.test('what arrived since a sequence is told once', async () => {
    const ask = async (since: string) => {
      const answer = await visitor.get(`/events/${booth.event}/changes?since=${encodeURIComponent(since)}`);
      return (await answer.json()) as { items: { key: string; html: string }[]; seq: string; more: boolean };
    };
    const seen: string[] = [];
    let since = '0';
    for (let more = true; more; ) {
      const changes = await ask(since);
      seen.push(...changes.items.map(({ key }) => key));
      ({ seq: since, more } = changes);
    }
    assert.equal(seen.length, 301);
    assert.equal(new Set(seen).size, 301);
    const next = await booth.take();
    await booth.sendPreview(next);
    const changes = await ask(since);
    assert.deepEqual(
      changes.items.map(({ key }) => key),
      [next.key],
    );
    assert.match(changes.items[0]?.html ?? '', /class="tag/);
    assert.equal((await visitor.get(`/events/${booth.event}/changes?since=a%20b`)).status, 400);
  });
});

test('the pages of a gallery', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id, { title: 'Camille & Noé' });
  const visitor = await stack.visitor(customer);
  const path = `/events/${booth.event}`;
  const page = async (of = path) => (await visitor.get(of)).text();

  await t.test('an empty one says what to do next', async () => {
    const html = await page();
    assert.match(html, /Photos will arrive here/);
    assert.ok(html.includes(`Take one with ${booth.name}`));
    assert.match(await page('/events'), /0 photos/);
  });

  const [older, photo, newer] = (await booth.add(3)) as [TestPhoto, TestPhoto, TestPhoto];
  const waiting = await booth.take();
  await booth.sendPreview(waiting);
  const of = (which: TestPhoto, what = '') => `${path}/photos/${which.key}${what}`;

  await t.test('the line that says how things stand', async () => {
    assert.match(await page(), /not seen yet/);
    await booth.report(41);
    const html = await page();
    assert.match(html, /dot--ok/);
    assert.match(html, /<strong>3<\/strong> photos in the cloud/);
    assert.match(html, /<strong>41<\/strong> still on the booth</);
    // As an open page is told it.
    const line = async () =>
      ((await (await visitor.get(`${path}/changes?since=0`)).json()) as { standing: string }).standing;
    const upload = { bytesLeft: 290e6, bytesPerSecond: 1.2e6 };
    await booth.report(40, new Date(), { upload });
    assert.match(await line(), /<strong>40<\/strong> still on the booth, about 4\u00a0minutes</);
    // The plug was pulled meanwhile: nobody knows how long it takes now.
    await booth.report(40, new Date(Date.now() - 180_000), { upload });
    assert.match(await line(), /still on the booth</);
    await booth.report(0, new Date(Date.now() - 1_800_000));
    const later = await line();
    assert.match(later, /last seen/);
    assert.doesNotMatch(later, /still on the booth/);
  });

  await t.test('titles and names are printed, not run', async () => {
    assert.match(await page(), /<h1>Camille &amp; Noé<\/h1>/);
  });

  await t.test('a photo has neighbours and its original to download', async () => {
    const html = await page(of(photo));
    assert.equal(linkTo(html, 'prev'), of(newer));
    assert.equal(linkTo(html, 'next'), of(older));
    assert.ok(html.includes(of(photo, '/original')));
    assert.match(html, /July 14, 2026/);
    assert.equal((await visitor.get(of(photo).replace('20260714', '20270714'))).status, 404);
  });

  await t.test('one whose original is still on the booth says so', async () => {
    const html = await page(of(waiting));
    assert.match(html, /original is still on the booth/);
    assert.ok(!html.includes(of(waiting, '/original')));
    assert.equal((await visitor.get(of(waiting, '/original'))).status, 404);
    assert.equal((await visitor.get(of(waiting, '/screen'))).status, 200);
  });

  await t.test('the original comes bit for bit, under its own name', async () => {
    const answer = await visitor.get(of(photo, '/original'));
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), photo.jpeg);
    assert.equal(answer.headers.get('content-type'), 'image/jpeg');
    assert.equal(answer.headers.get('content-disposition'), `attachment; filename=${photo.name}`);
    assert.equal(answer.headers.get('content-length'), String(photo.jpeg.length));
  });

  await t.test('bytes that the browser has are not sent again, and a part is a part', async () => {
    const whole = await visitor.get(of(photo, '/thumbnail'));
    const etag = whole.headers.get('etag') ?? '';
    assert.match(whole.headers.get('cache-control') ?? '', /^private, .*immutable/);
    await whole.body?.cancel();
    const again = await visitor.get(of(photo, '/thumbnail'), { 'If-None-Match': etag });
    assert.equal(again.status, 304);
    assert.equal((await again.arrayBuffer()).byteLength, 0);
    const part = await visitor.get(of(photo, '/original'), { Range: 'bytes=10-19' });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get('content-range'), `bytes 10-19/${photo.jpeg.length}`);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), photo.jpeg.subarray(10, 20));
  });

  await t.test('somebody else’s event is the same as none', async () => {
    const stranger = await stack.visitor(await stack.account());
    const operator = await stack.visitor(await stack.account({ role: 'operator' }));
    const missing = path.replace(booth.event, randomBytes(12).toString('hex'));
    for (const tail of [
      '',
      ...['/changes?since=0', '/cards', '/filter', '/wall', '/slideshow', '/download', '/photos.zip'],
      ...['', '/thumbnail', '/screen', '/original'].map((what) => of(photo, what).slice(path.length)),
    ]) {
      const theirs = await stranger.get(path + tail);
      const none = await stranger.get(missing + tail);
      assert.equal(theirs.status, 404, tail);
      assert.equal(none.status, 404, tail);
      const text = await theirs.text();
      assert.equal(text.replaceAll(booth.event, ''), (await none.text()).replaceAll(missing.slice(8), ''));
      assert.equal((await operator.get(path + tail)).status, 404, `operator ${tail}`);
      const nobody = await (await stack.visitor()).get(path + tail);
      assert.equal(nobody.status, 303, `nobody ${tail}`);
    }
    const list = await (await stranger.get('/events')).text();
    assert.ok(!list.includes(booth.event));
    assert.ok((await page('/events')).includes(path));
  });
});
