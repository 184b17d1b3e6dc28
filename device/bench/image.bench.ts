/** npm run bench -- image: how fast the finished picture is there, against a plain sharp pipeline of the same page. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import { createImageWorker, type RenderJob } from '../image/index.ts';
import { makeLargePhoto, pageOfFour, plainCompose } from './plain-compose.ts';

/** The best round of each counts: what else the machine does is not what is measured. */
const ROUNDS = 5;
const RESOLUTIONS = [600, 300] as const;

const prefix = process.argv[2] ?? '';
/** Set in the processes whose memory is measured: whose, and the folder that the shots are in. */
const [whose, folder = ''] = process.argv.slice(3);

const images = createImageWorker({ log: pino({ level: 'silent' }) });
const jobAt = (dpi: 300 | 600): RenderJob => ({
  ...pageOfFour,
  dpi,
  occasion: { title: 'Camille & Noé', date: new Date('2026-07-14T13:30:12Z'), language: 'fr' },
});

try {
  if (whose === undefined) await measureAll();
  else await composeOnce(whose, folder);
} finally {
  await images.stop();
}

async function measureAll(): Promise<void> {
  const wanted = (name: string) => name.startsWith(prefix);
  for (const dpi of RESOLUTIONS) {
    const names = [
      `image.compose.${dpi}`,
      `image.last_shot.${dpi}`,
      ...(dpi === 600 ? ['image.preview'] : []),
    ];
    if (names.some(wanted) || (dpi === 600 && wanted('image.loop_lag_ms'))) await measureSpeed(dpi, wanted);
  }
  if (wanted('image.compose.memory')) await measureMemory();
}

/** The whole way, and parts of it, against the reference, in turns. */
async function measureSpeed(dpi: 300 | 600, wanted: (name: string) => boolean): Promise<void> {
  const shots = await takeShots();
  const job = jobAt(dpi);
  const earlier = await Promise.all(shots.slice(0, 3).map((shot, slot) => slotOf(job, slot, shot)));
  const finished = made(await images.render(job, shots)).jpeg;
  const ms = {
    reference: [] as number[],
    compose: [] as number[],
    last: [] as number[],
    preview: [] as number[],
    lag: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    ms.reference.push(await timed(() => plainCompose(shots, dpi)));
    const lag = monitorEventLoopDelay({ resolution: 1 });
    lag.enable();
    ms.compose.push(await timed(async () => made(await images.render(job, shots))));
    lag.disable();
    ms.lag.push(lag.max / 1e6);
    const last = async () => {
      const slot = await slotOf(job, 3, shots[3] as Buffer);
      made(await images.compose(job, [...earlier, slot]));
    };
    ms.last.push(await timed(last));
    ms.preview.push(await timed(async () => made(await images.previews(finished))));
  }
  const reference = Math.min(...ms.reference);
  const print = (name: string, rounds: number[], goal: string) => {
    if (wanted(name)) printFigure({ name, value: Math.min(...rounds), unit: 'ms', reference, goal });
  };
  print(`image.compose.${dpi}`, ms.compose, '<=1.10');
  print(`image.last_shot.${dpi}`, ms.last, dpi === 600 ? '<=0.80' : '<=0.65');
  if (dpi === 300) return;
  print('image.preview', ms.preview, '<=0.25');
  const name = 'image.loop_lag_ms';
  if (wanted(name)) printFigure({ name, value: median(ms.lag), unit: 'ms', goal: '<=50' });
}

/** Each in a process of its own, which remembers how much it had at most. */
async function measureMemory(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  try {
    for (const [i, shot] of (await takeShots()).entries()) await writeFile(join(dir, `${i}.jpg`), shot);
    const most = (who: string): number => {
      const again = [...process.execArgv, fileURLToPath(import.meta.url), prefix, who, dir];
      const { status, stdout, stderr } = spawnSync(process.execPath, again, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`the memory of ${who}: ${stderr}`);
      return Number(stdout) / 1024;
    };
    const mb = { ours: [] as number[], reference: [] as number[] };
    for (let round = 0; round < 3; round += 1) {
      mb.ours.push(most('ours'));
      mb.reference.push(most('reference'));
    }
    const [value, reference] = [median(mb.ours), median(mb.reference)];
    printFigure({ name: 'image.compose.memory', value, unit: 'MB', reference, goal: '<=1.3' });
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function composeOnce(who: string, dir: string): Promise<void> {
  const shots = [0, 1, 2, 3].map((i) => readFileSync(join(dir, `${i}.jpg`)));
  if (who === 'ours') made(await images.render(jobAt(600), shots));
  else await plainCompose(shots, 600);
  // Not `resourceUsage().maxRSS`: that remembers the process which started this one.
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  process.stdout.write(kilobytes ?? '');
}

function takeShots(): Promise<Buffer[]> {
  return Promise.all(['astronaut', 'chelsea', 'coffee', 'rocket'].map(makeLargePhoto));
}

async function slotOf(job: RenderJob, slot: number, jpeg: Buffer) {
  return made(await images.slot(job, slot, jpeg)).picture;
}

function made<T extends { kind: string }>(answer: T): Exclude<T, { kind: 'failed' }> {
  if (answer.kind === 'failed') throw new Error(JSON.stringify(answer));
  return answer as Exclude<T, { kind: 'failed' }>;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
