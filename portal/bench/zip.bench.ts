/** npm run bench -- zip: a zip of many photos, beside the same photos one after another. BENCH_PHOTOS (1000) shrinks it. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PHOTO_ATTACHMENT } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { isAsked, measure, timed } from '@photomaton/design-docs/measuring';
import { memoryOf } from './node.ts';
import { atPortal, type BenchPortal, drain, storePhoto } from './site.ts';

const PHOTO_BYTES = 2_500_000;
const PHOTOS = Number(process.env.BENCH_PHOTOS ?? 1_000);
const ROUNDS = 3;
const SAMPLE_EVERY_MS = 20;

const THROUGHPUT = 'zip.throughput';
const MEMORY = 'zip.memory_mb';
await measure([THROUGHPUT, MEMORY], () => atPortal(measureZip));

async function measureZip(site: BenchPortal): Promise<void> {
  const ids: string[] = [];
  for (let n = 1; n <= PHOTOS; n += 1) ids.push((await storePhoto(site, n, randomBytes(PHOTO_BYTES))).photo);
  const { authorization } = site;
  const zip = async () => {
    const cookie = site.visitor.cookies();
    return drain(await fetch(`${site.url}/events/${site.event}/photos.zip`, { headers: { cookie } }));
  };
  const inTurn = async () => {
    for (const id of ids) {
      const url = `${site.admin.url}/${site.db}/${encodeURIComponent(id)}/${PHOTO_ATTACHMENT}`;
      await drain(await fetch(url, { headers: { authorization } }));
    }
  };
  const idle = await memoryOf(site.process);
  let peak = 0;
  const sampling = setInterval(() => {
    peak = Math.max(peak, anonymousMb(site.process));
  }, SAMPLE_EVERY_MS);
  const times = { zip: [] as number[], inTurn: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    times.zip.push(await timed(zip));
    if (isAsked(THROUGHPUT)) times.inTurn.push(await timed(inTurn));
  }
  clearInterval(sampling);
  const rate = (all: number[]) => (PHOTOS * PHOTO_BYTES) / 1000 / Math.min(...all);
  if (isAsked(THROUGHPUT)) {
    const [value, reference] = [rate(times.zip), rate(times.inTurn)];
    printFigure({ name: THROUGHPUT, value, unit: 'MB/s', reference, goal: '>=0.8' });
  }
  if (isAsked(MEMORY)) printFigure({ name: MEMORY, value: peak - idle, unit: 'MB', goal: '<=60' });
}

function anonymousMb({ pid }: ChildProcess): number {
  const [, kB] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kB) * 1024) / 1e6;
}
