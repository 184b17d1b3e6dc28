/** npm run bench -- sync.idle: what thousands of booths with nothing to say ask of a server. */
import { printFigure } from '@photomaton/design-docs/figure';
import { measure } from '@photomaton/design-docs/measuring';
import { fill, openBooth } from './booth.ts';
import { makePhotos } from './photos.ts';
import { atSite, type Site } from './site.ts';

await measure(['sync.idle.requests'], () => atSite(measureIdle));

/** Requests of a cycle in which nothing waits and nothing has changed since the one before. */
async function measureIdle(site: Site): Promise<void> {
  const photo = await makePhotos(100_000);
  let requests = 0;
  const counting: typeof fetch = (input, init) => {
    requests += 1;
    return fetch(input, init);
  };
  const booth = await openBooth({ ...site, syncUrl: site.admin.url, fetch: counting });
  try {
    await fill(booth.store, 1, photo);
    await booth.cycle();
    await booth.cycle(); // hears of its own status of the first
    requests = 0;
    await booth.cycle();
    printFigure({ name: 'sync.idle.requests', value: requests, unit: 'requests', goal: '<=3' });
  } finally {
    await booth.close();
  }
}
