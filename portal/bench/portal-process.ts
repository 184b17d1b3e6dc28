/** The portal in a process of its own: says where it is, and its memory when it is asked; ends with its parent. */
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { loadPortalConfig } from '../config.ts';
import { startPortal } from '../portal.ts';

const config = { ...loadPortalConfig([]), port: 0 };
const portal = await startPortal({ config, log: pino({ level: 'silent' }) });
const { port, admin, couchAddress } = portal;
process.send?.({ url: `http://localhost:${port}`, admin, couch: couchAddress });
process.on('message', () => {
  globalThis.gc?.();
  const [, kB] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  process.send?.({ megabytes: (Number(kB) * 1024) / 1e6 });
});
process.once('disconnect', () => void portal.stop().then(() => process.exit(0)));
