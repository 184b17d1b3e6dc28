/** npm run bench -- portal: what pages that wait for news cost a node. */
import { printFigure } from '@photomaton/design-docs/figure';
import { measure } from '@photomaton/design-docs/measuring';
import { openGallery } from './gallery-socket.ts';
import { memoryOf } from './node.ts';
import { atPortal, type BenchPortal } from './site.ts';

const SOCKETS = 1_000;
const AT_ONCE = 50;

const NAME = 'portal.sockets_1000_mb';
await measure([NAME], () => atPortal(measureSockets));

/** Open galleries in which nothing happens. The code that serves the first one is there before. */
async function measureSockets(site: BenchPortal): Promise<void> {
  (await openGallery(site)).disconnect();
  const before = await memoryOf(site.process);
  const sockets = [];
  for (let n = 0; n < SOCKETS; n += AT_ONCE)
    sockets.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => openGallery(site)))));
  const value = (await memoryOf(site.process)) - before;
  if (!sockets.every(({ connected }) => connected)) throw new Error('a socket was closed');
  for (const socket of sockets) socket.disconnect();
  printFigure({ name: NAME, value, unit: 'MB', goal: '<=40' });
}
