/** npm run bench -- store.start: how long after the plug is in can the first guest be photographed? */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure } from '@photomaton/design-docs/measuring';
import type { Store } from '../store/store.ts';
import { openBenchStore, save } from './booth.ts';
import { settleDisk } from './disk.ts';
import { makePhotos } from './photos.ts';
import { hex24, inFolder } from './site.ts';

const PHOTOS = 3_000;
/**
 * A tenth of a real photo, so that 3,000 of them fit on a disk. A start reads every document of the queue and every
 * name in the folder and no picture: what it costs depends on how many there are, not on how large they are.
 */
const PHOTO_BYTES = 250_000;
/** As many segments as real photos fill, at 256 MB each. */
const PHOTOS_PER_SEGMENT = 107;
const PREVIEW_BYTES = { thumbnail: 12_000, screen: 60_000 };
/** The slowest counts: it is the first, which finds LevelDB's logs to read. */
const ROUNDS = 3;

const READY = 'store.start.s';
const FIRST_SAVE = 'store.start.first_save_s';
await measure([READY, FIRST_SAVE], () => inFolder(measureStart));

/** What a full queue adds to a start, each in a process of its own; and to the time until the first photo is safe. */
async function measureStart(dir: string): Promise<void> {
  const booth = hex24();
  const folders = { full: join(dir, 'full'), empty: join(dir, 'empty') };
  const photosPerSegment = PHOTOS_PER_SEGMENT;
  await fillWithPreviews(await openBenchStore(folders.full, booth, { photosPerSegment }));
  const starts = { full: [] as Start[], empty: [] as Start[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ['empty', 'full'] as const) {
      settleDisk();
      starts[kind].push(await start(folders[kind], booth));
    }
  }
  for (const [name, time] of [
    [READY, 'openMs'],
    [FIRST_SAVE, 'firstSaveMs'],
  ] as const) {
    const slowest = (of: Start[]) => Math.max(...of.map((one) => one[time]));
    const value = (slowest(starts.full) - slowest(starts.empty)) / 1000;
    if (isAsked(name)) printFigure({ name, value, unit: 's', goal: '<=2' });
  }
}

/** With the small pictures, as they are when the booth has had a quiet minute. */
async function fillWithPreviews(store: Store): Promise<void> {
  const photo = await makePhotos(PHOTO_BYTES);
  const [thumbnail, screen] = await Promise.all([
    makePhotos(PREVIEW_BYTES.thumbnail),
    makePhotos(PREVIEW_BYTES.screen),
  ]);
  try {
    for (let i = 0; i < PHOTOS; i += 1) {
      await save(store, photo());
      for (const id of store.withoutPreview()) {
        await store.addPreview(id, { thumbnail: thumbnail(), screen: screen() });
      }
    }
  } finally {
    await store.close();
  }
}

interface Start {
  openMs: number;
  firstSaveMs: number;
}

async function start(dir: string, booth: string): Promise<Start> {
  const child = fork(fileURLToPath(new URL('start-process.ts', import.meta.url)), [dir, booth]);
  const exited = once(child, 'exit');
  const told = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  await exited;
  if (!told) throw new Error('the booth ended before it was ready');
  return told[0] as Start;
}
