/** npm run bench -- store.save.while_pushing: does a guest feel that the booth sends? */
import { setTimeout as sleep } from 'node:timers/promises';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile, timed } from '@photomaton/design-docs/measuring';
import type { Store } from '../store/store.ts';
import { fill, openBooth, save } from './booth.ts';
import { settleDisk } from './disk.ts';
import { makePhotos } from './photos.ts';
import { atSite, type Site } from './site.ts';

const PHOTO_BYTES = 2_500_000;
/** Photos that wait when the push begins: it must last longer than the saves. */
const WAITING = 400;
const SAVES = 40;
/** As fast as eager guests are, and never a photo right behind another one. */
const EVERY_MS = 200;

await measure(['store.save.while_pushing'], () => atSite(measureSaves));

/** The 95th percentile of saves during a push, against that of as many with nothing else to do. */
async function measureSaves(site: Site): Promise<void> {
  const photo = await makePhotos(PHOTO_BYTES);
  const booth = await openBooth({ ...site, syncUrl: site.admin.url });
  try {
    await fill(booth.store, WAITING, photo);
    settleDisk();
    const alone = await timeSaves(booth.store, photo, () => true);
    let isPushing = true;
    const push = booth.cycle().finally(() => {
      isPushing = false;
    });
    const [pushing] = await Promise.all([timeSaves(booth.store, photo, () => isPushing), push]);
    if (pushing.length < SAVES) throw new Error('the push was over before the saves');
    printFigure({
      ...{ name: 'store.save.while_pushing', unit: 'ms', goal: '<=3' },
      ...{ value: quantile(0.95, pushing), reference: quantile(0.95, alone) },
    });
  } finally {
    await booth.close();
  }
}

/** Milliseconds of each save, as long as there is a reason to go on. */
async function timeSaves(store: Store, photo: () => Buffer, goOn: () => boolean): Promise<number[]> {
  const ms: number[] = [];
  while (ms.length < SAVES && goOn()) {
    const jpeg = photo();
    ms.push(await timed(() => save(store, jpeg)));
    await sleep(EVERY_MS);
  }
  return ms;
}
