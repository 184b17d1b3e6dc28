/** npm run bench -- sync.push.memory_mb: what a push takes of the memory of a small machine. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { printFigure } from '@photomaton/design-docs/figure';
import { measure } from '@photomaton/design-docs/measuring';
import { fill, openBenchStore } from './booth.ts';
import { makePhotos } from './photos.ts';
import { atSite, type Site } from './site.ts';

const CASES = [
  { name: 'sync.push.memory_mb.200x2.5', photos: 200, photoBytes: 2_500_000 },
  { name: 'sync.push.memory_mb.20x25', photos: 20, photoBytes: 25_000_000 },
];
const SAMPLE_EVERY_MS = 5;
const WORKER = fileURLToPath(new URL('booth-process.ts', import.meta.url));

for (const one of CASES) {
  await measure([one.name], () => atSite((site) => measureMemory(site, one)));
}

/** The peak of the booth's anonymous memory (not the files it maps) while it pushes, over the same when it idles. */
async function measureMemory(
  site: Site,
  { name, photos, photoBytes }: (typeof CASES)[number],
): Promise<void> {
  if (!existsSync('/proc/self/status'))
    throw new Error('anonymous memory is read from /proc, which is not here');
  const dir = join(site.dir, 'booth');
  const store = await openBenchStore(dir, site.booth);
  await fill(store, photos, await makePhotos(photoBytes)).finally(store.close);

  const { booth, key, admin } = site;
  const child = fork(WORKER, [JSON.stringify({ dir, booth, key, syncUrl: admin.url })]);
  const exited = once(child, 'exit');
  try {
    await told(child, exited);
    const idle = anonymousMb(child);
    child.send('push');
    const peak = await peakUntil(told(child, exited), () => anonymousMb(child));
    printFigure({ name, value: peak - idle, unit: 'MB', goal: '<=120' });
  } finally {
    if (child.connected) child.disconnect();
    await exited;
  }
}

/** The highest of what is sampled until the work is over. */
async function peakUntil(work: Promise<unknown>, sample: () => number): Promise<number> {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  let peak = 0;
  const sampling = (async () => {
    while (!isOver) {
      peak = Math.max(peak, sample());
      await sleep(SAMPLE_EVERY_MS);
    }
  })();
  await Promise.all([over, sampling]);
  return peak;
}

/** Waits for the booth's next word. */
async function told(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const word = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (!word) throw new Error('the booth ended while it was measured');
}

function anonymousMb({ pid }: ChildProcess): number {
  const [, kB] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kB) * 1024) / 1e6;
}
