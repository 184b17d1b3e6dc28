/** npm run bench -- store.save: how fast a photo is safe, and what else has to wait meanwhile. */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure, timed } from '@photomaton/design-docs/measuring';
import PouchDB from 'pouchdb';
import { fill, openBenchStore } from './booth.ts';
import { settleDisk } from './disk.ts';
import { makePhotos } from './photos.ts';
import { hex24, inFolder } from './site.ts';

const PHOTO_BYTES = 2_500_000;
/** The best round of each counts: what else the machine does is not what is measured. */
const ROUNDS = 8;
const PHOTOS_PER_ROUND = 5;

const VS_STOCK = 'store.save.vs_stock';
const LOOP_LAG = 'store.save.loop_lag_ms';
await measure([VS_STOCK, LOOP_LAG], () => inFolder(measureSave));

/** Durable saves a second against stock PouchDB's `put` (which is not durable), in turns. */
async function measureSave(dir: string): Promise<void> {
  const photo = await makePhotos(PHOTO_BYTES);
  const store = await openBenchStore(dir, hex24());
  const stock = new PouchDB(join(dir, 'stock'));
  const putStock = (data: Buffer) =>
    stock.post({ _attachments: { 'photo.jpg': { content_type: 'image/jpeg', data } } });
  const lagMs: number[] = [];
  const rates = { ours: [] as number[], stock: [] as number[] };
  try {
    await fill(store, 1, photo);
    await putStock(photo());
    for (let round = 0; round < ROUNDS; round += 1) {
      const photos = Array.from({ length: PHOTOS_PER_ROUND }, photo);
      const perSecond = async (work: () => Promise<unknown>) => {
        settleDisk();
        return (PHOTOS_PER_ROUND * 1000) / (await timed(work));
      };
      if (isAsked(VS_STOCK)) {
        rates.stock.push(
          await perSecond(async () => {
            for (const jpeg of photos) await putStock(jpeg);
          }),
        );
      }
      const next = photos.values();
      rates.ours.push(
        await perSecond(async () => {
          // A new one each time: one that is enabled again counts the time between as a block.
          const loop = monitorEventLoopDelay({ resolution: 1 });
          loop.enable();
          await fill(store, PHOTOS_PER_ROUND, () => next.next().value ?? photo());
          loop.disable();
          lagMs.push(loop.max / 1e6);
        }),
      );
    }
  } finally {
    await store.close();
    await stock.close();
  }
  if (isAsked(VS_STOCK)) {
    printFigure({
      ...{ name: VS_STOCK, unit: 'photos/s', goal: '>=6' },
      ...{ value: Math.max(...rates.ours), reference: Math.max(...rates.stock) },
    });
  }
  if (isAsked(LOOP_LAG)) printFigure({ name: LOOP_LAG, value: Math.max(...lagMs), unit: 'ms', goal: '<=50' });
}
