import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  type BoothDoc,
  boothDatabase,
  boothDocId,
  deletionId,
  type EventDoc,
  eventDocId,
  PHOTO_ATTACHMENT,
  photoId,
  type ReceiptDoc,
  receiptId,
} from '@photomaton/design-docs/docs';
import { sharePath } from '@photomaton/design-docs/share';
import { givenBooth, picture, type TestPhoto } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

test('a share link', async (t) => {
  const stack = await startStack(t);
  const owner = await stack.account({ name: 'Secret Owner' });
  const booth = await givenBooth(stack, owner.id);
  const [photo] = (await booth.add(1)) as [TestPhoto];
  const waiting = await booth.take('rocket');
  const guest = await stack.visitor();
  const arrived = booth.sharePath(photo.n);

  await t.test('that is true shows the photo to whoever has it, and nothing else', async () => {
    const answer = await guest.get(arrived);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    assert.match(answer.headers.get('x-robots-tag') ?? '', /noindex/);
    assert.match(answer.headers.get('cache-control') ?? '', /private/);
    assert.equal(answer.headers.get('set-cookie'), null);
    const html = await answer.text();
    assert.ok(html.includes(`${arrived}/screen`));
    assert.ok(!html.includes('Secret Owner'));
    assert.ok(!html.includes(booth.event));
    assert.ok(!html.includes(booth.name));
    const screen = await guest.get(`${arrived}/screen`);
    assert.equal(screen.status, 200);
    assert.match(screen.headers.get('cache-control') ?? '', /^private/);
    assert.deepEqual(Buffer.from(await screen.arrayBuffer()), photo.jpeg);
  });

  await t.test('gives the original to keep', async () => {
    const answer = await guest.get(`${arrived}/original`);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), photo.jpeg);
    assert.equal(answer.headers.get('content-disposition'), `attachment; filename=${photo.name}`);
  });

  await t.test('only shows the photo where guests may not download', async () => {
    await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (event) => ({
      ...(event as EventDoc),
      guests: { download: false },
    }));
    assert.equal((await guest.get(`${arrived}/original`)).status, 404);
    const html = await (await guest.get(arrived)).text();
    assert.ok(html.includes(`${arrived}/screen`));
    assert.doesNotMatch(html, /\/original|data-share/);
    await stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (event) => ({
      ...(event as EventDoc),
      guests: { download: true },
    }));
    assert.match(await (await guest.get(arrived)).text(), /\/original/);
  });

  await t.test('to a photo that is still on the booth says so, and shows it when it arrives', async () => {
    const path = booth.sharePath(waiting.n);
    const state = async () => (await guest.get(`${path}/state`)).json();
    assert.match(await (await guest.get(path)).text(), /still on the booth/);
    assert.deepEqual(await state(), { arrived: false });
    assert.equal((await guest.get(`${path}/screen`)).status, 404);
    await booth.sendPreview(waiting);
    assert.deepEqual(await state(), { arrived: true });
    assert.ok((await (await guest.get(path)).text()).includes(`${path}/screen`));
    // The original follows later; until then the screen-size picture is what can be kept.
    const small = await guest.get(`${path}/original`);
    assert.equal(small.status, 200);
    assert.match(small.headers.get('content-disposition') ?? '', /attachment/);
    await small.body?.cancel();
  });

  await t.test(
    'lets a guest delete the photo, for the customer to bring back, and tells its booth',
    async () => {
      const [own] = (await booth.add(1)) as [TestPhoto];
      const path = booth.sharePath(own.n);
      const allow = (isAllowed: boolean) =>
        stack.couch.update<EventDoc>('fleet', eventDocId(booth.event), (event) => ({
          ...(event as EventDoc),
          guests: { download: true, delete: isAllowed },
        }));
      await allow(false);
      assert.doesNotMatch(await (await guest.get(path)).text(), /\/delete"/);
      assert.equal((await guest.get(`${path}/delete`)).status, 404);
      assert.equal((await guest.post(`${path}/delete`)).status, 404);
      await allow(true);
      assert.match(await (await guest.get(path)).text(), /\/delete"/);
      assert.equal((await guest.get(`${path}/delete`)).status, 200);
      assert.equal((await guest.get(path)).status, 200, 'looking deletes nothing');
      assert.equal((await guest.post(`${path}/delete`)).status, 200);
      for (const tail of ['', '/screen', '/original', '/delete'])
        assert.equal((await guest.get(path + tail)).status, 404);
      const told = () => stack.couch.get(boothDatabase(booth.booth), deletionId(own.key));
      assert.ok(await told());
      const customer = await stack.visitor(owner);
      const page = async () => (await customer.get(`/events/${booth.event}/photos/${own.key}`)).text();
      assert.match(await page(), /A guest deleted this photo.*with its next sync/);
      await stack.admin.put<ReceiptDoc>(boothDatabase(booth.booth), {
        ...{ _id: receiptId(own.key), type: 'receipt', at: '2026-07-15T09:00:00.000Z' },
      });
      assert.match(await page(), /not on the photo booth any more since 15 July 2026|since July 15, 2026/);
      await customer.post(`/events/${booth.event}/marks`, { act: 'restore', photo: own.key });
      assert.equal((await guest.get(path)).status, 200);
      assert.equal(await told(), undefined);
    },
  );

  await t.test('gives no original that says where it was taken', async () => {
    const tagged = await booth.take('astronaut');
    const jpeg = await picture('astronaut');
    const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 10]), Buffer.from('Exif\0\0GP')]);
    const original = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    const md5 = createHash('md5').update(original).digest('hex');
    const [, time = ''] = tagged.photo._id.split(':');
    const id = photoId({ time, booth: booth.booth, n: tagged.n }, md5);
    await booth.sendPreview({ ...tagged, preview: { ...tagged.preview, photo: id } });
    const stored = await booth.send({ ...tagged.photo, _id: id, bytes: original.length } as { _id: string }, [
      { name: PHOTO_ATTACHMENT, bytes: original },
    ]);
    assert.equal(stored.status, 201);
    const answer = await guest.get(`${booth.sharePath(tagged.n)}/original`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual(bytes, tagged.jpeg);
    assert.ok(!bytes.includes('Exif'));
  });

  await t.test('that is junk is a page that does not exist, whatever is wrong with it', async () => {
    const unknownBooth = sharePath(randomBytes(32), { booth: randomBytes(12).toString('hex'), n: 1 });
    const junk = [
      '/p/x',
      `/p/${booth.booth}-1`,
      `/p/${booth.booth}-1.${'A'.repeat(22)}`,
      arrived.replace(`-${photo.n}.`, `-${photo.n + 1}.`),
      sharePath(randomBytes(32), { booth: booth.booth, n: photo.n }),
      `${arrived}A`,
      unknownBooth,
    ];
    const answers = await Promise.all(junk.map((path) => guest.get(path)));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([404]));
    const same = (i: number) => bodies[i]?.replaceAll(junk[i] ?? '', '');
    for (let i = 1; i < junk.length; i++) assert.equal(same(i), same(0));
    for (const tail of ['/state', '/screen', '/original']) {
      assert.equal((await guest.get(unknownBooth + tail)).status, 404);
    }
  });

  await t.test('is found in the event of its time, after the booth has moved on', async () => {
    const event = randomBytes(12).toString('hex');
    await stack.couch.update<BoothDoc>(
      'fleet',
      boothDocId(booth.booth),
      (doc) => doc && { ...doc, event, events: [...doc.events, event] },
    );
    assert.equal((await guest.get(arrived)).status, 200);
  });

  await t.test('tried at random soon has to wait, while true ones go on', async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 70; i++) statuses.add((await guest.get(`/p/junk${i}`)).status);
    assert.deepEqual([...statuses].sort(), [404, 429]);
    assert.equal((await guest.get(arrived)).status, 200);
  });
});
