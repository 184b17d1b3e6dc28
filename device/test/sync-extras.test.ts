/** Shots and clips on their way to the server. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type BoothId, boothDatabase, eventDatabase, type StatusDoc } from '@photomaton/design-docs/docs';
import { noiseJpeg } from './pictures.ts';
import { makeSite, type Site, startServer } from './site.ts';
import { openBooth, sha256, until } from './syncing-booth.ts';

const film = { format: 'mp4', bytes: Buffer.from('a film'), width: 8, height: 6 } as const;

async function saveWithExtras(booth: Awaited<ReturnType<typeof openBooth>>): Promise<Buffer[]> {
  const shots = [await noiseJpeg(8_000), await noiseJpeg(8_000)];
  const clips = [{ ...film, bytes: Buffer.concat([film.bytes, shots[0] as Buffer]) }];
  const outcome = await booth.store.save(await noiseJpeg(20_000), undefined, { shots, clips });
  assert.equal(outcome.kind, 'saved');
  return [...shots, ...clips.map(({ bytes }) => bytes)];
}

/** SHA-256 of every shot and clip in the event. */
async function extrasOn(site: Site): Promise<string[]> {
  const db = eventDatabase(site.event);
  const hashes: string[] = [];
  for (const kind of ['shot', 'clip']) {
    const docs = await site.couch.range(db, { startkey: `${kind}:`, endkey: `${kind};`, limit: 100 });
    for (const { _id, _attachments } of docs) {
      const [name = ''] = Object.keys(_attachments ?? {});
      const answer = await site.couch.attachment(db, _id, name);
      hashes.push(sha256(Buffer.concat((await answer?.body.toArray()) ?? [])));
    }
  }
  return hashes.sort();
}

const statusOf = (site: Site & { booth: BoothId }) =>
  site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status');

test('shots and clips follow the originals, bit for bit, and are let go of', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const sent: string[] = [];
  const booth = await openBooth(t, site, {
    fetch: (input, init) => {
      const id = /(preview|photo|shot|clip)%3A[^?]*/.exec(String(input))?.[1];
      if (init?.method === 'PUT' && id) sent.push(id);
      return fetch(input, init);
    },
  });
  booth.previews.start();
  const taken: Buffer[] = [];
  for (let i = 0; i < 3; i += 1) taken.push(...(await saveWithExtras(booth)));
  await booth.previewsMade();
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await extrasOn(site), taken.map(sha256).sort());
  // Of two workers one has all three photos, and the other is at what comes after them.
  assert.deepEqual(sent.slice(0, 3), Array(3).fill('preview'));
  assert.equal(sent.length, 15, 'each once');
  assert.deepEqual(booth.store.waiting(), [], 'destroyed with all that was in it');
  const status = await statusOf(site);
  assert.deepEqual(status?.photos, { onBooth: 0, uploading: 0, inCloud: 3 });
  assert.equal(status?.extrasWaiting, undefined);
});

test('a shot that the server refuses is said, keeps waiting, and holds up no photo', async (t) => {
  const site = await makeSite(t, await startServer(t));
  let refuse = true;
  const booth = await openBooth(t, site, {
    fetch: (input, init) =>
      refuse && init?.method === 'PUT' && String(input).includes('shot%3A')
        ? Promise.resolve(Response.json({ error: 'forbidden', reason: 'no' }, { status: 403 }))
        : fetch(input, init),
  });
  const taken = await saveWithExtras(booth);
  assert.equal((await booth.sync.cycle()).kind, 'incomplete');
  const status = await statusOf(site);
  assert.deepEqual([status?.photos.inCloud, status?.extrasWaiting, status?.waiting], [1, 2, {}]);
  assert.equal(status?.refused.length, 2);
  refuse = false;
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await extrasOn(site), taken.map(sha256).sort());
});

test('a shot whose file the disk has changed is sent from the queue', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  const taken = await saveWithExtras(booth);
  await booth.store.settleTimes();
  for (const { id } of booth.store.waiting().flatMap(({ extras }) => extras)) {
    const bytes = await booth.store.bytes(id);
    await writeFile(booth.store.file(id) ?? '', Buffer.alloc(bytes?.length ?? 0, 7));
  }
  await until(async () => (await booth.sync.cycle()).kind === 'ok', 'all sent');
  assert.deepEqual(await extrasOn(site), taken.map(sha256).sort());
});

test('what the server has lost of them is sent again', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site, { keepLocalMs: 3_600_000 });
  booth.at(site.event);
  const taken = await saveWithExtras(booth);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  await site.provisioner.dropEventDatabase(site.event);
  await site.provisioner.createEventDatabase(site.event);
  await site.provisioner.setEventBooths(site.event, [site.booth]);
  assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  assert.deepEqual(await extrasOn(site), taken.map(sha256).sort());
});
