/** npm run bench -- kiosk: does the screen stay quick while the booth sends? */
import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure, quantile } from '@photomaton/design-docs/measuring';
import type { KioskState } from '../kiosk/state.ts';
import { openIdentity } from '../pairing/identity.ts';
import { fill, openBenchStore } from './booth.ts';
import { withDaemon } from './daemon.ts';
import { makePhotos } from './photos.ts';
import { atSite, inFolder, type Site } from './site.ts';

const PHOTO_BYTES = 2_500_000;
const PREVIEW_BYTES = 60_000;
const PHOTOS = 300;
const EVERY_MS = 50;
/** With fewer the push was over too soon to tell. */
const MIN_TOUCHES = 40;
/** Far longer than any push takes. */
const PUSH_WITHIN_MS = 180_000;
/** Nobody listens on port 9. */
const PORTAL = 'http://127.0.0.1:9';

await measure(['kiosk.touch_to_state_ms'], () =>
  inFolder(async (dir) => {
    const identity = await openIdentity(dir);
    await atSite(async (site) => {
      const binding = { key: site.key, syncUrl: site.admin.url, portalUrl: PORTAL };
      await identity.bind({ ...binding, pairedAt: new Date().toISOString() });
      await takePhotos(site, dir);
      await withDaemon(dir, measureTouches);
    }, identity.current().booth);
  }),
);

/** With their previews, so that the daemon has nothing to do but to send. */
async function takePhotos(site: Site, dir: string): Promise<void> {
  const store = await openBenchStore(dir, site.booth);
  const photo = await makePhotos(PHOTO_BYTES);
  const preview = await makePhotos(PREVIEW_BYTES);
  try {
    await fill(store, PHOTOS, photo);
    for (const id of store.withoutPreview()) {
      await store.addPreview(id, { thumbnail: preview(), screen: preview() });
    }
  } finally {
    await store.close();
  }
}

/**
 * From a touch until the daemon has said anew what the screen shows, over its real server, while it pushes. A booth
 * with a customer has no button that changes anything but the shutter, which has a figure of its own (store.save):
 * so this is one that means nothing any more, and goes all the same way.
 */
async function measureTouches(url: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const ms: number[] = [];
  const end = performance.now() + PUSH_WITHIN_MS;
  for (;;) {
    const touched = performance.now();
    if (touched > end) throw new Error('the push does not end');
    const answer = await ask(`${url}/api/pair`, { method: 'POST', agent });
    await once(answer.resume(), 'end');
    const { onBooth, uploading } = (await readState(url)).sync.photos;
    const waiting = onBooth + uploading;
    const tookMs = performance.now() - touched;
    if (waiting === 0) break;
    if (waiting < PHOTOS) ms.push(tookMs); // some have gone: the push is under way
    await sleep(EVERY_MS);
  }
  agent.destroy();
  if (ms.length < MIN_TOUCHES) throw new Error(`the push was over after ${ms.length} touches`);
  printFigure({ name: 'kiosk.touch_to_state_ms', value: quantile(0.95, ms), unit: 'ms', goal: '<=50' });
}

/** The first event of the stream of states. */
async function readState(url: string): Promise<KioskState> {
  const answer = await ask(`${url}/api/state`, {});
  let text = '';
  for await (const chunk of answer) {
    text += chunk;
    const [, state] = /^data: (.*)\n\n/m.exec(text) ?? [];
    if (state) return JSON.parse(state) as KioskState; // leaving the loop ends the stream
  }
  throw new Error('the daemon gave no state');
}

async function ask(url: string, options: RequestOptions): Promise<IncomingMessage> {
  const sent = request(url, options).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}
