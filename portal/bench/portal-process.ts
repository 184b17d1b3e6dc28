/** The portal in a process of its own: says where it is, and its memory when it is asked; ends with its parent. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { loadPortalConfig } from '../config.ts';
import { startPortal } from '../portal.ts';

const LOOKS = 10;
const BETWEEN_MS = 1_000;

const config = { ...loadPortalConfig([]), port: 0 };
const portal = await startPortal({ config, log: pino({ level: 'silent' }) });
const { port, admin, couchAddress } = portal;
process.send?.({ url: `http://localhost:${port}`, admin, couch: couchAddress });
process.on('message', async () => {
  // V8 gives pages back some time after they are free: by chance, one look finds 30 MB more or less than the next.
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS; look += 1) {
    globalThis.gc?.();
    await sleep(BETWEEN_MS);
    least = Math.min(least, anonymousMb());
  }
  process.send?.({ megabytes: least });
});
process.once('disconnect', () => void portal.stop().then(() => process.exit(0)));

function anonymousMb(): number {
  const [, kB] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (Number(kB) * 1024) / 1e6;
}
