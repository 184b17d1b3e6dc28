import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BoothDoc, boothDocId, photoId, type StatusDoc } from '@photomaton/design-docs/docs';
import { givenBooth } from './booth-with-photos.ts';
import { startStack } from './stack.ts';

test('“My photo booths” says where the photos of each are', async (t) => {
  const stack = await startStack(t);
  const customer = await stack.account();
  const booth = await givenBooth(stack, customer.id);
  const visitor = await stack.visitor(customer);
  await booth.add(2);

  /** The page in a line, tags gone but for what tells an error. */
  const page = async (lang = 'en', path = '/booths') => {
    visitor.setCookie('lang', lang);
    const html = await (await visitor.get(path)).text();
    return html.replaceAll(/<(?!\w+ class="notice)[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  };
  const report = (over: Partial<StatusDoc>, at = new Date()) => booth.report(12, at, over);
  const TRAVELLING: Partial<StatusDoc> = {
    photos: { onBooth: 1010, uploading: 2, inCloud: 0 },
    upload: { bytesLeft: 290e6, bytesPerSecond: 1.2e6 },
    allSentAt: new Date(Date.now() - 23 * 60_000).toISOString(),
  };

  await t.test('nothing of a booth that has not been heard of', async () => {
    const text = await page();
    assert.match(text, /not seen yet/);
    assert.doesNotMatch(text, /in the cloud/);
  });

  await t.test('counts, speed, time left, and when all was in the cloud', async () => {
    await report(TRAVELLING);
    assert.match(
      await page(),
      /online on the booth 1,010 uploading 2 in the cloud 2 1\.2 MB\/s, about 4 minutes left Everything was in the cloud 23 minutes ago/,
    );
    assert.match(
      await page('fr'),
      /dans le photomaton 1 010 en route 2 dans le nuage 2 1,2 Mo\/s, encore environ 4 minutes Tout était dans le nuage il y a 23 minutes/,
    );
    assert.match(await page('en', '/booths/cards'), /^ Photomaton .*about 4 minutes left/);
  });

  await t.test('a booth that is off is no error, and nothing is under way from it', async () => {
    const at = new Date(Date.now() - 1800_000);
    await report(
      { ...TRAVELLING, lastSync: { at: at.toISOString(), outcome: 'failed', problem: 'offline' } },
      at,
    );
    const text = await page();
    assert.match(text, /seen .* on the booth 1,012 uploading 0 in the cloud 2 Everything/);
    assert.doesNotMatch(text, /notice|MB\/s/);
  });

  await t.test('what is in the way, as an error when it needs somebody', async () => {
    const at = new Date().toISOString();
    await report({ lastSync: { at, outcome: 'failed', problem: 'login-page' } });
    assert.match(await page(), /notice--error[^<]*The venue’s Wi‑Fi asks for a login on a web page\./);
    await report({ lastSync: { at, outcome: 'failed', problem: 'failed', detail: 'a <b>word</b> of it' } });
    const text = await page();
    assert.match(text, /Something went wrong on the way\..*a &lt;b&gt;word/);
    assert.doesNotMatch(text, /notice--error/);
  });

  await t.test('photos that were refused, with the reason', async () => {
    const key = { time: '20260714T133012.042Z', booth: booth.booth, n: 7 };
    const refused = [{ id: photoId(key, 'b'.repeat(32)), reason: 'attachment longer than 30 MB' }];
    await report({ refused });
    assert.match(await page(), /notice--error[^<]*1 photo was refused here\..*attachment longer than 30 MB/);
    assert.match(await page('fr'), /1 photo a été refusée ici\./);
  });

  await t.test('a disk that fills up', async () => {
    await report({ disk: { freeBytes: 1.4e9, reserveBytes: 500e6 } });
    const low = await page();
    assert.match(low, /Little room is left on the booth: 1\.4 GB\./);
    assert.doesNotMatch(low, /notice--error/);
    await report({ disk: { freeBytes: 400e6, reserveBytes: 500e6 } });
    assert.match(await page(), /notice--error[^<]*The booth is full and takes no more photos\./);
  });

  await t.test('and nothing of that to its next owner', async () => {
    await report({ ...TRAVELLING, refused: [{ id: 'x', reason: 'a secret of before' }] });
    const doc = await stack.couch.get<BoothDoc>('fleet', boothDocId(booth.booth));
    assert.ok(doc);
    const next = await stack.account();
    const pairedAt = new Date(Date.now() + 1000).toISOString();
    const other = await givenBooth(stack, next.id);
    await stack.couch.put<BoothDoc>('fleet', {
      ...doc,
      ...{ owner: next.id, pairedAt, event: other.event, events: [other.event] },
    });
    const text = await (await (await stack.visitor(next)).get('/booths')).text();
    assert.ok(text.includes(booth.name));
    assert.doesNotMatch(text, /secret|MB\/s|in the cloud|1,01\d/);
    assert.doesNotMatch(await page(), new RegExp(booth.name));
  });

  await t.test('to nobody who is not logged in', async () => {
    assert.equal((await (await stack.visitor()).get('/booths/cards')).status, 303);
  });
});
