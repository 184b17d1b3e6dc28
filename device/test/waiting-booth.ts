/**
 * A booth that only pairs, as a program of its own for tests that switch it off:
 * `waiting-booth.ts <data folder> <portal's URL>`. Prints each state as a line of JSON, takes `confirm` and
 * `decline` on standard input, and ends with `{"kind":"restart"}` where the daemon would restart.
 */
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { createPairing } from '../pairing/client.ts';
import { openIdentity } from '../pairing/identity.ts';

const [dataDir = '', portalUrl = ''] = process.argv.slice(2);
const identity = await openIdentity(dataDir);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

const pairing = createPairing({
  portalUrl,
  identity,
  log: pino({ level: 'warn' }, pino.destination(2)),
  onState: say,
  restart: () => {
    say({ kind: 'restart' });
    void pairing.stop().then(() => process.exit(0));
  },
});
pairing.start();
createInterface(process.stdin)
  .on('line', (line) => (line === 'confirm' ? pairing.confirm() : pairing.decline()))
  .on('close', () => void pairing.stop().then(() => process.exit(0)));
