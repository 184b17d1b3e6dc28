/**
 * A booth whose photos wait, in a process of its own whose memory can be watched: says `idle` when it has nothing
 * left to do, pushes when it is told to, says `pushed`, and ends when its parent lets go of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openBooth } from './booth.ts';

/** Long enough for what opening left to be given back. */
const SETTLE_MS = 1_000;

const options = process.argv[2];
if (!options || !globalThis.gc) throw new Error('needs its options as JSON, and --expose-gc');
const booth = await openBooth(JSON.parse(options));
await sleep(SETTLE_MS);
globalThis.gc();
process.send?.('idle');
process.once('message', () => void push());
process.once('disconnect', () => void booth.close().then(() => process.exit(0)));

async function push(): Promise<void> {
  await booth.cycle();
  process.send?.('pushed');
}
