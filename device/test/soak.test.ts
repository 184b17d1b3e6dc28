/**
 * A long party: photos are taken, sent and let go of, and at the end the disk has its space back. PHOTOS=5000
 * (npm run test:soak) is a season; without it a short one, so that it is known to work.
 */
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventDatabase, SCREEN_ATTACHMENT, THUMBNAIL_ATTACHMENT } from '@photomaton/design-docs/docs';
import { noiseJpeg } from './pictures.ts';
import { makeSite, startServer } from './site.ts';
import { openBooth, save } from './syncing-booth.ts';

const PHOTOS = Number(process.env.PHOTOS ?? 150);
const PHOTO_BYTES = 200_000;
/** A sync every so many photos: some segments are finished between, some are not. */
const PER_SYNC = 70;
const MB = 2 ** 20;

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}

test(`after ${PHOTOS} photos that were synced the data folder is as small as it was`, async (t) => {
  const site = await makeSite(t, await startServer(t));
  const booth = await openBooth(t, site);
  booth.at(site.event);
  const small = {
    [THUMBNAIL_ATTACHMENT]: await noiseJpeg(5_000),
    [SCREEN_ATTACHMENT]: await noiseJpeg(30_000),
  };
  const before = await sizeOf(booth.dir);
  let largest = 0;
  for (let taken = 0; taken < PHOTOS; ) {
    for (let i = 0; i < PER_SYNC && taken < PHOTOS; i += 1, taken += 1) await save(booth.store, PHOTO_BYTES);
    for (const id of booth.store.withoutPreview()) {
      const { [THUMBNAIL_ATTACHMENT]: thumbnail, [SCREEN_ATTACHMENT]: screen } = small;
      await booth.store.addPreview(id, { thumbnail, screen });
    }
    largest = Math.max(largest, await sizeOf(booth.dir));
    assert.deepEqual(await booth.sync.cycle(), { kind: 'ok' });
  }
  const after = await sizeOf(booth.dir);
  const arrived = await site.couch.view(eventDatabase(site.event), 'event', 'photos', { limit: 1 });
  assert.equal(arrived.totalRows, PHOTOS);
  const grown = (after - before) / MB;
  t.diagnostic(
    `${(before / MB).toFixed(1)} MB before, at most ${(largest / MB).toFixed(1)} MB, ${grown.toFixed(1)} MB more after`,
  );
  // What it must not be is a part of what was taken; the 50 MB are those of a season.
  assert.ok(grown < Math.min(50, (PHOTOS * PHOTO_BYTES) / MB / 10), `${grown} MB more than before`);
  assert.ok(largest > before + PER_SYNC * PHOTO_BYTES, 'it was larger meanwhile');
});
