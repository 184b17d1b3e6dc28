/** npm run bench -- sync.push.wire: what a push costs on a venue's thin uplink. */
import { printFigure } from '@photomaton/design-docs/figure';
import { measure } from '@photomaton/design-docs/measuring';
import { fill, openBooth } from './booth.ts';
import { openCountingProxy } from './counting-proxy.ts';
import { makePhotos } from './photos.ts';
import { atSite, type Site } from './site.ts';

const PHOTO_BYTES = 2_500_000;
const PHOTOS = 40;

await measure(['sync.push.wire'], () => atSite(measureWire));

/** Every byte of a whole cycle, both ways, headers and verification too, against those of the photos in it. */
async function measureWire(site: Site): Promise<void> {
  const photo = await makePhotos(PHOTO_BYTES);
  const proxy = await openCountingProxy(site.admin.url);
  const booth = await openBooth({ ...site, syncUrl: proxy.url });
  try {
    const bytes = await fill(booth.store, PHOTOS, photo);
    await booth.cycle();
    printFigure({
      ...{ name: 'sync.push.wire', unit: 'MB', goal: '<=1.02' },
      ...{ value: proxy.bytes() / 1e6, reference: bytes / 1e6 },
    });
  } finally {
    await booth.close();
    await proxy.close();
  }
}
