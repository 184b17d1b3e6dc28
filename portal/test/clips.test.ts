import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenBooth, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

/** Keys of the photos whose cards say that they move. */
const withBadge = (html: string) =>
  html
    .split('data-key="')
    .filter((card) => card.includes('photos__sign--film'))
    .map((card) => card.slice(0, card.indexOf('"')));

test('a photo that moves', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const [photo, other] = (await booth.add(2)) as [TestPhoto, TestPhoto];
  const owner = await stack.visitor(customer);
  const guest = await stack.visitor();
  const places = [
    { who: owner, path: `/events/${booth.event}/photos/${photo.key}`, name: 'the gallery' },
    { who: guest, path: booth.sharePath(photo.n), name: 'the share page' },
  ];
  const mp4 = Buffer.from('a film, in MP4');
  const webp = Buffer.from('a film, in WebP');

  const gallery = `/events/${booth.event}`;
  const badges = async (query = '') => withBadge(await (await owner.get(gallery + query)).text());

  await t.test('is a picture until its film arrives', async () => {
    for (const { who, path, name } of places) {
      assert.doesNotMatch(await (await who.get(path)).text(), /<video|clip\./, name);
      for (const format of ['mp4', 'webp'])
        assert.equal((await who.get(`${path}/clip.${format}`)).status, 404, name);
    }
  });

  await t.test(
    'shows its moving picture when only that is there, and not to who wants no motion',
    async () => {
      assert.deepEqual(await badges(), []);
      const { seq } = (await (await owner.get(`${gallery}/changes?since=0`)).json()) as { seq: string };
      await booth.sendClip(photo, 'webp', webp);
      assert.deepEqual(await badges(), [photo.key], 'a badge in the gallery');
      const { items } = await (await owner.get(`${gallery}/changes?since=${seq}`)).json();
      assert.deepEqual(
        items.map(({ key, isNew }: { key: string; isNew: boolean }) => [key, isNew]),
        [[photo.key, false]],
      );
      assert.deepEqual(withBadge(items[0].html), [photo.key], 'also on a page that is open');
      for (const { who, path, name } of places) {
        const html = await (await who.get(path)).text();
        assert.ok(
          html.includes(`<img class="`) && html.includes(`src="${path}/clip.webp" width="80" height="60"`),
          name,
        );
        assert.match(html, /media="\(prefers-reduced-motion: reduce\)" srcset="[^"]*\/screen"/, name);
        assert.doesNotMatch(html, /<video/, name);
      }
    },
  );

  await t.test('plays its film, when it is asked to and without sound', async () => {
    await booth.sendClip(photo, 'mp4', mp4);
    for (const { who, path, name } of places) {
      const answer = await who.get(path);
      assert.match(answer.headers.get('content-security-policy') ?? '', /media-src 'self'/, name);
      const html = await answer.text();
      const [video = ''] = /<video[^>]*>/.exec(html) ?? [];
      assert.match(video, / controls loop muted playsinline /, name);
      assert.doesNotMatch(video, /autoplay/, name);
      assert.ok(video.includes(`poster="${path}/screen"`), name);
      assert.ok(video.includes(`data-moving-picture="${path}/clip.webp"`), name);
      assert.ok(html.includes(`<source src="${path}/clip.mp4" type="video/mp4">`), name);
    }
  });

  await t.test('comes bit for bit, as what it is, and in parts', async () => {
    for (const { who, path, name } of places) {
      for (const [format, type, bytes] of [
        ['mp4', 'video/mp4', mp4],
        ['webp', 'image/webp', webp],
      ] as const) {
        const whole = await who.get(`${path}/clip.${format}`);
        assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, type], name);
        assert.match(whole.headers.get('cache-control') ?? '', /^private/, name);
        assert.deepEqual(Buffer.from(await whole.arrayBuffer()), bytes, name);
        const part = await who.get(`${path}/clip.${format}`, { Range: 'bytes=2-5' });
        assert.deepEqual(
          [part.status, part.headers.get('content-range')],
          [206, `bytes 2-5/${bytes.length}`],
        );
        assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(2, 6), name);
      }
    }
  });

  await t.test('is for who may see the photo, and for nobody else', async () => {
    const stranger = await stack.visitor(await stack.account());
    const [gallery, share] = places.map(({ path }) => `${path}/clip.mp4`) as [string, string];
    assert.equal((await stranger.get(gallery)).status, 404);
    assert.equal((await guest.get(gallery)).status, 303);
    const forged = share.replace(/\.(.)/, (_, digit) => `.${digit === 'A' ? 'B' : 'A'}`);
    assert.notEqual(forged, share);
    assert.equal((await guest.get(forged)).status, 404);
    assert.equal(
      (await guest.get(`${booth.sharePath(other.n)}/clip.mp4`)).status,
      404,
      'nor of another photo',
    );
  });
});

test('favourites that move have their badge, with other films between them', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const photos = await booth.add(5);
  const [still, ...moving] = photos.map(({ key }) => key);
  for (const photo of photos.slice(1)) {
    await booth.sendClip(photo, 'webp', Buffer.from('a film'));
    await booth.sendClip(photo, 'mp4', Buffer.from('a film'));
  }
  const owner = await stack.visitor(customer);
  const gallery = `/events/${booth.event}`;
  const far = moving.at(-1) ?? '';
  await owner.post(`${gallery}/marks`, { act: 'favourite', photos: `${still},${far}` });
  const html = await (await owner.get(`${gallery}?show=favourites`)).text();
  assert.deepEqual(withBadge(html), [far]);
});
