/**
 * The embedded server in a process of its own: `node --import tsx device/bench/server.ts FOLDER [PORT]`; prints its
 * address.
 */
import { startEmbedded } from '@photomaton/couch/embedded';
import { pino } from 'pino';

const [dir, port = '0'] = process.argv.slice(2);
if (!dir) throw new Error('which folder?');
const admin = { username: 'admin', password: 'secret' };
const server = await startEmbedded({
  ...{ dir, port: Number(port), admin, log: pino({ level: 'silent' }) },
});
process.stdout.write(`${JSON.stringify({ url: server.url, ...admin })}\n`);
// `disconnect`: forked, it ends with its parent, however that ends.
for (const signal of ['SIGTERM', 'disconnect']) {
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
}
