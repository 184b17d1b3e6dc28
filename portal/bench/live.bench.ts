/** npm run bench -- live: from a photo that a booth sends to its card in 500 open galleries. */
import { setTimeout as sleep } from 'node:timers/promises';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile } from '@photomaton/design-docs/measuring';
import type { Socket } from 'socket.io-client';
import type { NewsMessage } from '../gallery/news.ts';
import { openGallery } from './gallery-socket.ts';
import { atPortal, type BenchPortal, photoDocs, storePreview } from './site.ts';

const VIEWERS = 500;
const PHOTOS = 20;
/** As guests take them; what comes at once is told at once. */
const BETWEEN_MS = 700;
const DEADLINE_MS = 20_000;

const NAME = 'live.500_viewers_ms';
await measure([NAME], () => atPortal(measureLive));

/** Viewers as pages are: each with a socket of its own, that is handed every new card. */
async function measureLive(site: BenchPortal): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: VIEWERS }, () => openGallery(site)));
  const times: number[] = [];
  try {
    for (let n = 1; n <= PHOTOS; n += 1) {
      const { preview } = photoDocs(site, n, '0'.repeat(32), 1);
      // Before it is stored: a photo cannot be seen earlier than this, whenever its booth hears that it is there.
      const sent = performance.now();
      const seen = sockets.map(async (socket) => {
        await cardOf(socket, preview._id.slice('preview:'.length));
        times.push(performance.now() - sent);
      });
      await storePreview(site, preview);
      await Promise.all(seen);
      await sleep(BETWEEN_MS);
    }
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
  printFigure({ name: NAME, value: quantile(0.95, times), unit: 'ms', goal: '<=500' });
}

function cardOf(socket: Socket, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`a gallery was not told of ${key}`)), DEADLINE_MS);
    const listen = ({ items }: NewsMessage) => {
      if (!items.some((item) => item.key === key)) return;
      clearTimeout(late);
      socket.off('news', listen);
      resolve();
    };
    socket.on('news', listen);
  });
}
