import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { createImageWorker } from '../image/image-worker.ts';
import { createPreviewMaker } from '../image/preview-maker.ts';
import { openStore } from '../store/store.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';

function openImages(t: TestContext, options: { deadlineMs?: number; thread?: URL } = {}) {
  const images = createImageWorker({ log: quiet, ...options });
  t.after(() => images.stop());
  return images;
}

/** A JPEG of good structure and header that cannot be decoded: its Huffman tables are nonsense. */
function breakTables(jpeg: Buffer): Buffer {
  const broken = Buffer.from(jpeg);
  const table = broken.indexOf(Buffer.from([0xff, 0xc4]));
  broken.fill(0xfe, table + 5, table + 2 + broken.readUInt16BE(table + 2));
  return broken;
}

const large = () =>
  sharp({ create: { width: 2400, height: 1200, channels: 3, background: 'teal' } }).withMetadata({
    orientation: 6,
    exif: { IFD0: { Copyright: 'somebody' } },
  });

test('thumbnail and screen size are upright, sRGB, small, and know nothing of the original’s EXIF', async (t) => {
  const made = await openImages(t).previews(await large().jpeg().toBuffer());
  assert.ok(made.kind === 'made');
  const screen = await sharp(made.screen).metadata();
  const thumbnail = await sharp(made.thumbnail).metadata();
  assert.deepEqual([screen.width, screen.height, screen.space, screen.format], [800, 1600, 'srgb', 'jpeg']);
  assert.deepEqual([thumbnail.width, thumbnail.height], [240, 480]);
  assert.deepEqual([screen.exif, screen.orientation, thumbnail.exif], [undefined, undefined, undefined]);
});

test('a small picture is not made larger', async (t) => {
  const tiny = await sharp({ create: { width: 90, height: 60, channels: 3, background: 'red' } })
    .jpeg()
    .toBuffer();
  const made = await openImages(t).previews(tiny);
  assert.ok(made.kind === 'made');
  assert.equal((await sharp(made.screen).metadata()).width, 90);
});

test('a broken picture fails with a reason, and the next is made', async (t) => {
  const images = openImages(t);
  const jpeg = await noiseJpeg(20_000);
  assert.equal((await images.previews(breakTables(jpeg))).kind, 'failed');
  assert.equal((await images.previews(jpeg)).kind, 'made');
});

test('a thread that hangs is ended, one that dies is started again', async (t) => {
  const dir = await tempFolder(t);
  const flag = join(dir, 'behaved');
  // Misbehaves once: the first thread leaves a note for the next.
  const misbehaving = async (deed: string) => {
    const file = join(dir, `${deed.length}.mjs`);
    const good = new URL('../image/image-thread.js', import.meta.url).href;
    await writeFile(
      file,
      `import { existsSync, writeFileSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       if (existsSync(${JSON.stringify(flag + deed.length)})) await import(${JSON.stringify(good)});
       else parentPort.on('message', () => { writeFileSync(${JSON.stringify(flag + deed.length)}, ''); ${deed} });`,
    );
    return pathToFileURL(file);
  };
  const jpeg = await noiseJpeg(3_000);
  for (const deed of ['for (;;);', "throw new Error('defect')", 'process.exit(1)']) {
    const images = openImages(t, { deadlineMs: 5_000, thread: await misbehaving(deed) });
    assert.equal((await images.previews(jpeg)).kind, 'failed', deed);
    assert.equal((await images.previews(jpeg)).kind, 'made', `after ${deed}`);
  }
});

test('previews are made of every photo, also of those left over at start; a failure holds up nothing', async (t) => {
  const store = await openStore({
    ...{ dir: await tempFolder(t), booth: 'd'.repeat(24), reserveBytes: 0, maxPhotoBytes: 1e6 },
    log: quiet,
  });
  t.after(() => store.close());
  const save = async (jpeg: Buffer) => {
    const outcome = await store.save(jpeg);
    assert.ok(outcome.kind === 'saved');
    return outcome.id;
  };
  const jpeg = await noiseJpeg(20_000);
  const leftOver = await save(jpeg);
  const undecodable = await noiseJpeg(5_000);
  const broken = await save(undecodable);

  const images = openImages(t);
  let made = 0;
  let all: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  const maker = createPreviewMaker({
    ...{ store, log: quiet },
    images: {
      previews: async (picture) =>
        picture.equals(undecodable) ? { kind: 'failed', reason: 'defect' } : images.previews(picture),
    },
    onMade: () => {
      made += 1;
      if (made === 3) all();
    },
  });
  maker.start();
  const later = await save(await readFile(new URL('../camera/player/astronaut.jpg', import.meta.url)));
  await done;
  await maker.stop();
  assert.ok(await store.picture(leftOver, 'thumbnail'));
  assert.ok(await store.picture(later, 'screen'));
  assert.equal(await store.picture(broken, 'screen'), undefined);
  await store.settleTimes();
  assert.equal(store.waiting()[0]?.originals.length, 3, 'the broken one is sent too');
  assert.equal(store.waiting()[0]?.previews.length, 2);
});
