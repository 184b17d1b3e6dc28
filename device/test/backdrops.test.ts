import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  BACKDROP_ATTACHMENT,
  boothDatabase,
  boothUser,
  digestOf,
  type SettingsDoc,
} from '@photomaton/design-docs/docs';
import express from 'express';
import PouchDB from 'pouchdb';
import sharp from 'sharp';
import { openBackdrops } from '../backdrops.ts';
import { openBoothSettings } from '../booth-settings.ts';
import { eventPicturesApi } from '../event-pictures-api.ts';
import { createImageWorker, makeBackdrop, makeLogo, makeTemplatePicture, render } from '../image/index.ts';
import { openLine } from '../sync/line.ts';
import { jobOf } from '../visits/conclude.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { aTemplate, coloursAt, photograph, plainJpeg } from './drawing.ts';
import { makeSite, openBoothDbIn, startServer } from './site.ts';

const digestIn = (bytes: Buffer) => digestOf(createHash('md5').update(bytes).digest('hex'));

/** A booth on a server, as far as it knows of settings and their picture; and what the portal does there. */
async function openParty(t: TestContext) {
  const site = await makeSite(t, await startServer(t));
  const dir = await tempFolder(t);
  const images = createImageWorker({ log: quiet });
  t.after(() => images.stop());
  const db = boothDatabase(site.booth);

  return {
    dir,
    /** The portal puts this picture, in the name of this digest, or none. */
    async hang(bytes: Buffer | undefined, greenScreen = bytes && digestIn(bytes)): Promise<void> {
      await site.couch.update<SettingsDoc & { _attachments?: object }>(db, 'settings', (found) => {
        if (!found) return undefined;
        const { _attachments, greenScreen: _, ...rest } = found;
        const picture = bytes && { content_type: 'image/jpeg', data: bytes.toString('base64') };
        return {
          ...rest,
          ...(greenScreen && { greenScreen }),
          ...(picture && { _attachments: { [BACKDROP_ATTACHMENT]: picture } }),
        };
      });
    },
    /** One life of the booth. */
    async start() {
      const boothDb = await openBoothDbIn(dir);
      const backdrops = await openBackdrops({ dir: join(dir, 'backdrops'), boothDb, images });
      const settings = await openBoothSettings({
        ...{ file: join(dir, 'settings.json'), binding: 'x', boothDb, backdrops },
        ...{ now: () => new Date(), log: quiet },
      });
      const api = eventPicturesApi({ logo: boothDb.logo, backdrops, settings: settings.current });
      const server = express().use(api).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const asked = { settings: async () => settings.current(), backdrops };
      const choice = { template: 'plain', startedAt: '2026-07-14T13:30:00Z' };
      return {
        files: () => readdir(join(dir, 'backdrops')),
        current: () => settings.current().greenScreen,
        refused: () => settings.applied()?.refused,
        async pull() {
          const auth = { username: boothUser(site.booth), password: site.key };
          const { signal } = new AbortController();
          const line = openLine({ fetch: globalThis.fetch, signal, stallMs: 10_000 });
          const { fetch } = line;
          await boothDb.pull(new PouchDB(`${site.admin.url}/${db}`, { auth, fetch, skip_setup: true }));
          await settings.bring();
        },
        /** What the live view gets. */
        async live() {
          const answer = await fetch(`http://127.0.0.1:${port}/api/backdrop`);
          return answer.ok ? Buffer.from(await answer.arrayBuffer()) : answer.status;
        },
        /** What colour is behind a guest in the final picture. */
        async behind() {
          const job = await jobOf(asked, { template: aTemplate(), images: new Map() }, choice);
          const { jpeg } = await render(job, [await plainJpeg('#3ca54b')]);
          return (await coloursAt(jpeg, [[9, 9]]))[0];
        },
        async stop() {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
          await boothDb.close();
        },
      };
    },
  };
}

test('a backdrop comes with the settings, is seen live and in print, and stays without a line', async (t) => {
  const party = await openParty(t);
  const [sea, sand] = [await plainJpeg('blue'), await plainJpeg('red')];
  let booth = await party.start();
  await booth.pull();
  assert.deepEqual([await booth.live(), booth.current(), booth.refused()], [404, undefined, undefined]);
  assert.notEqual(await booth.behind(), 'blue');

  await party.hang(sea);
  await booth.pull();
  assert.deepEqual([booth.current(), booth.refused()], [digestIn(sea), undefined]);
  assert.deepEqual(await booth.live(), sea);
  assert.equal(await booth.behind(), 'blue');

  await booth.stop();
  await rm(join(party.dir, 'booth-db'), { recursive: true }); // its disk has damaged that too
  booth = await party.start();
  assert.deepEqual(await booth.live(), sea);
  assert.equal(await booth.behind(), 'blue');

  await party.hang(sand);
  await booth.pull();
  assert.deepEqual([await booth.live(), await booth.behind()], [sand, 'red']);
  assert.equal((await booth.files()).length, 1, 'the one before is gone');

  await party.hang(undefined);
  await booth.pull();
  assert.deepEqual([await booth.live(), booth.current(), await booth.files()], [404, undefined, []]);
  assert.notEqual(await booth.behind(), 'red');
  await booth.stop();
});

test('a backdrop that is broken or missing is said, costs no photo, and the last good one stays', {
  timeout: 60_000,
}, async (t) => {
  const party = await openParty(t);
  const sea = await plainJpeg('blue');
  const cut = sea.subarray(0, sea.length / 2);
  let booth = await party.start();
  await party.hang(cut);
  await booth.pull();
  assert.deepEqual([booth.current(), await booth.live()], [undefined, 404]);
  assert.match(booth.refused()?.[0]?.reason ?? '', /its picture cannot be read/);
  assert.notEqual(await booth.behind(), 'blue', 'a picture all the same');

  await party.hang(sea);
  await booth.pull();
  for (const [bytes, digest, reason] of [
    [cut, undefined, /cannot be read/],
    [undefined, digestIn(cut), /did not come/],
    [cut, digestIn(Buffer.from('another')), /did not come/],
  ] as const) {
    await party.hang(bytes, digest);
    await booth.pull();
    assert.equal(booth.refused()?.[0]?.name, 'greenScreen');
    assert.match(booth.refused()?.[0]?.reason ?? '', reason);
    assert.equal(await booth.behind(), 'blue');
  }
  await booth.stop();

  const [file = ''] = await booth.files();
  await writeFile(join(party.dir, 'backdrops', file), cut);
  booth = await party.start();
  assert.equal(await booth.live(), 404);
  assert.notEqual(await booth.behind(), 'blue', 'damaged, it is done without');
  await party.hang(sea);
  await booth.pull();
  assert.deepEqual([await booth.behind(), booth.refused()], ['blue', undefined], 'mended');
  await booth.stop();
});

test('a backdrop is made anew of any picture: upright, without what was not seen, as large as a page', async () => {
  const photo = await sharp(photograph('rocket'))
    .resize(5000)
    .withMetadata({ orientation: 6, exif: { IFD0: { Copyright: 'a secret' } } })
    .toBuffer();
  const made = await makeBackdrop(photo);
  assert.ok(made);
  const { format, width, height, exif, orientation } = await sharp(made).metadata();
  assert.deepEqual([format, height, exif, orientation], ['jpeg', 3600, undefined, undefined]);
  assert.ok(width < height, 'upright');
  const clear = await sharp({
    create: { width: 90, height: 60, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
    .png()
    .toBuffer();
  assert.deepEqual(await coloursAt((await makeBackdrop(clear)) ?? Buffer.alloc(0), [[9, 9]]), ['white']);
  for (const bad of ['<svg xmlns="http://www.w3.org/2000/svg"/>', '', 'GIF89a'])
    assert.equal(await makeBackdrop(Buffer.from(bad)), undefined);
});

test('so are logos and the pictures of templates', async () => {
  const photo = await sharp(photograph('rocket'))
    .withMetadata({ exif: { IFD0: { Copyright: 'a secret' } } })
    .toBuffer();
  for (const made of [await makeLogo(photo), (await makeTemplatePicture(photo))?.bytes]) {
    assert.ok(made);
    assert.equal((await sharp(made).metadata()).exif, undefined);
    assert.ok(!made.includes('a secret'));
  }
});
