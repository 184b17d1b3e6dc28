/**
 * For embedded-kill.test.ts: an embedded server in a process of its own, to be killed.
 * `node embedded-writer.ts <dir> <admin password>` prints its URL on the first line.
 */
import pino from 'pino';
import { startEmbedded } from '../embedded/index.ts';

const [dir = '', password = ''] = process.argv.slice(2);
const admin = { username: 'admin', password };
const { url } = await startEmbedded({ dir, port: 0, admin, log: pino({ level: 'silent' }) });
process.stdout.write(`${url}\n`);
