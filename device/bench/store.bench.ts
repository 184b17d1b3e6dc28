/** npm run bench -- store: how fast a photo is safe. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import PouchDB from 'pouchdb';
import { openStore } from '../store/store.ts';
import { makePhotos } from './photos.ts';

const PHOTO_BYTES = 2_500_000;
/** The best round of each counts: what else the machine does is not what is measured. */
const ROUNDS = 8;
const PHOTOS_PER_ROUND = 5;

const name = 'store.save.vs_stock';
if (name.startsWith(process.argv[2] ?? '')) await measureSave();

/** Durable saves a second against stock PouchDB's `put` (which is not durable), in turns. */
async function measureSave(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  const photo = await makePhotos(PHOTO_BYTES);
  const store = await openStore({
    ...{ dir, booth: 'a'.repeat(24), reserveBytes: 0, maxPhotoBytes: 1e8 },
    log: pino({ level: 'silent' }),
  });
  const stock = new PouchDB(join(dir, 'stock'));
  const putStock = (data: Buffer, i: number) =>
    stock.put({ _id: `photo:${i}`, _attachments: { 'photo.jpg': { content_type: 'image/jpeg', data } } });
  try {
    await store.save(photo());
    await putStock(photo(), -1);
    const ms = { ours: [] as number[], stock: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const photos = Array.from({ length: PHOTOS_PER_ROUND }, photo);
      const byStock = await timed(async () => {
        for (const [i, jpeg] of photos.entries()) await putStock(jpeg, round * PHOTOS_PER_ROUND + i);
      });
      const byOurs = await timed(async () => {
        for (const jpeg of photos) {
          const { kind } = await store.save(jpeg);
          if (kind !== 'saved') throw new Error(`a photo was not saved: ${kind}`);
        }
      });
      ms.stock.push(byStock);
      ms.ours.push(byOurs);
    }
    const perSecond = (rounds: number[]) => (PHOTOS_PER_ROUND * 1000) / Math.min(...rounds);
    printFigure({
      ...{ name, value: perSecond(ms.ours), unit: 'photos/s', reference: perSecond(ms.stock), goal: '>=6' },
    });
  } finally {
    await store.close();
    await stock.close();
    await rm(dir, { recursive: true });
  }
}

/** What stock PouchDB leaves unsynced is written first: neither is to wait for the other's bytes. */
async function timed(work: () => Promise<void>): Promise<number> {
  execFileSync('sync');
  const started = performance.now();
  await work();
  return performance.now() - started;
}
