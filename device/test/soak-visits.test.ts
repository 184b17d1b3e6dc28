/**
 * A long party: guest after guest at a real booth, as fast as it goes, with layouts, retakes, boomerangs, and visits
 * that nobody finishes, while it sends what is taken. Its memory has to stay what it was after the first of them.
 * SOAK_MINUTES=60 (npm run test:soak) is a whole evening; without it a short one finds what leaks with every visit.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { eventDatabase } from '@photomaton/design-docs/docs';
import sharp from 'sharp';
import { openIdentity } from '../pairing/identity.ts';
import { startBooth } from './booth-process.ts';
import { tempFolder } from './context.ts';
import { photograph } from './drawing.ts';
import { freePort, type Memory, openMemory } from './memory-of.ts';
import { makeSite, startServer } from './site.ts';
import { until } from './syncing-booth.ts';

const SOAK_MS = Number(process.env.SOAK_MINUTES ?? 0) * 60_000;
const IS_LONG = SOAK_MS > 0;
/** Of some guests each; at least so many, however slow the machine is. */
const ROUNDS = 6;
/** From one half of the rounds to the next. In a short party caches still fill, and the allocator takes its share. */
const GROWTH = IS_LONG ? { process: 1.1, held: 1.05 } : { process: 1.3, held: 1.06 };
const FRAMES = IS_LONG ? 18 : 6;

/** The shipped photographs, without the detail that would only fill the server's disk. */
const shots = await Promise.all(
  ['astronaut', 'chelsea', 'coffee', 'rocket'].map((name) =>
    sharp(photograph(name)).resize(900, 600).blur(4).jpeg().toBuffer(),
  ),
);
const shot = (i: number): Buffer => shots[i % shots.length] as Buffer;

/** What a guest does, as the kiosk page sends it. */
function guestAt(url: string, template: string, filter = 'none') {
  const visit = `${url}/api/visits/${randomUUID()}`;
  const chosen = { template, filter, language: 'fr' };
  const query = new URLSearchParams(chosen);
  async function ask(path: string, wanted: number, init: RequestInit = {}): Promise<void> {
    const answer = await fetch(visit + path, init);
    await answer.arrayBuffer();
    assert.equal(answer.status, wanted, `${path} of ${template}`);
  }
  return {
    async takes(...turns: number[]) {
      for (const i of turns) {
        const headers = { 'content-type': 'image/jpeg' };
        const body = new Uint8Array(shot(i + Math.floor(Math.random() * shots.length)));
        await ask(`/shots/${i}?${query}`, 201, { method: 'POST', headers, body });
      }
    },
    async records() {
      const form = new FormData();
      for (let i = 0; i < FRAMES; i += 1) form.append('frame', new Blob([new Uint8Array(shot(i))]), 'f.jpg');
      await ask(`/clip?${query}`, 201, { method: 'POST', body: form });
    },
    sees: (what: 'picture' | 'film') => ask(`/${what}?${query}`, 200),
    keeps: () =>
      ask('/finish', 201, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify(chosen),
      }),
    leaves: () => ask('', 204, { method: 'DELETE' }),
  };
}

/** One of each kind; gives how many photos were kept. */
async function someGuests(url: string): Promise<number> {
  const single = guestAt(url, 'full-bleed');
  await single.takes(0, 0);
  await single.sees('picture');
  await single.keeps();

  const strip = guestAt(url, 'classic-strip', 'black-and-white');
  await strip.takes(0, 1, 2, 3);
  await strip.sees('picture');
  await strip.takes(1);
  await strip.sees('picture');
  await strip.keeps();

  const grid = guestAt(url, 'grid', 'sepia');
  await grid.takes(0, 1, 2, 3);
  await grid.keeps();

  const boomerang = guestAt(url, 'boomerang', 'vivid');
  await boomerang.records();
  await boomerang.sees('film');
  await boomerang.keeps();

  const nobody = guestAt(url, 'polaroid');
  await nobody.takes(0);
  await nobody.leaves();
  return 4;
}

test('guest after guest, the booth’s memory stays what it was', { timeout: SOAK_MS + 300_000 }, async (t) => {
  const dataDir = await tempFolder(t);
  const identity = await openIdentity(dataDir);
  const site = await makeSite(t, await startServer(t), identity.current().booth);
  const binding = { key: site.key, syncUrl: site.admin.url, portalUrl: 'http://127.0.0.1:9' };
  await identity.bind({ ...binding, pairedAt: new Date().toISOString() });
  const port = await freePort();
  const booth = await startBooth(t, {
    ...{ DATA_DIR: dataDir, KEEP_LOCAL_HOURS: '0' },
    NODE_OPTIONS: `--inspect=127.0.0.1:${port}`,
  });
  const memory = await openMemory(booth.process.pid as number, port);
  t.after(memory.close);

  const samples: Memory[] = [];
  const end = performance.now() + SOAK_MS;
  let kept = 0;
  while (samples.length < ROUNDS || performance.now() < end) {
    kept += await someGuests(booth.url);
    samples.push(await memory.now());
  }
  // The first third is warming up.
  const [from, middle] = [Math.ceil(samples.length / 3), Math.ceil((samples.length * 2) / 3)];
  for (const of of ['process', 'held'] as const) {
    const mb = samples.map((sample) => sample[of]);
    const [before, after] = [median(mb.slice(from, middle)), median(mb.slice(middle))];
    t.diagnostic(`${of}: ${before.toFixed(1)} MB, then ${after.toFixed(1)} MB, after ${kept} photos`);
    assert.ok(after < before * GROWTH[of], `${of}: ${mb.map(Math.round)}`);
  }
  await until(async () => (await photosOf(site)) === kept, 'all photos have arrived');
});

async function photosOf({ couch, event }: Awaited<ReturnType<typeof makeSite>>): Promise<number> {
  const { totalRows } = await couch.view(eventDatabase(event), 'event', 'photos', { limit: 1 });
  return totalRows;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
