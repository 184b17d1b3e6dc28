/**
 * The power is cut CUTS times at random instants. A real booth is recorded, and what it did to its disk is then cut
 * anywhere, as in "All File Systems Are Not Created Equal" (Pillai et al., OSDI '14): on a disk that forgets whatever
 * was not synced, and on one that keeps a random part of it (powercut/disk.ts). A booth that starts from there has
 * every photo whose 201 had left, with the shots that are kept beside it, or the server had it before: once, and bit
 * for bit. Shots of a visit that was not finished are in its folder.
 *
 * SEED and CUTS (environment) repeat or lengthen the choice of cuts; the recording is a new one each time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothDatabase, type SettingsDoc, templateId } from '@photomaton/design-docs/docs';
import { openIdentity } from '../pairing/identity.ts';
import { type TestContext, tempFolder } from './context.ts';
import { compareAfterCut, type Findings, nothingFound } from './powercut/compare.ts';
import { type File, type Folder, readImage } from './powercut/disk.ts';
import { type Life, positionsOf, recordLives, standingAt, VISIT_TEMPLATE } from './powercut/life.ts';
import { whyNotRecorded } from './powercut/recording.ts';
import { createReplay } from './powercut/replay.ts';
import { seeded } from './seeded.ts';
import { makeSite, type Site, startServer } from './site.ts';

const CUTS = Number(process.env.CUTS ?? 10);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

interface Cut {
  life: Life;
  /** So many operations were done. */
  position: number;
  /** How much of what was not synced is on the disk. */
  keeps: 'nothing' | 'some';
  seed: number;
}

function chooseCuts(lives: Life[], count: number): Cut[] {
  const random = seeded(SEED);
  const positions = lives.flatMap((life) =>
    Array.from({ length: life.operations.length + 1 }, (_, position) => ({ life, position })),
  );
  // Beside what puts the disk in order, and what lets go of a photo.
  const turns = lives.flatMap((life) =>
    positionsOf(life, ({ op }) => /sync-ended|rename|link|acknowledge/.test(op)).flatMap((before) => [
      { life, position: before },
      { life, position: before + 1 },
    ]),
  );
  return Array.from({ length: count }, (_, i) => {
    const from = i % 4 < 2 ? positions : turns;
    const chosen = from[Math.floor(random() * from.length)];
    assert.ok(chosen);
    return { ...chosen, keeps: i % 2 === 0 ? 'nothing' : 'some', seed: SEED + i };
  });
}

function say({ life, position, keeps, seed }: Cut): string {
  const last = JSON.stringify({ ...life.operations[position - 1], bytes: undefined });
  return `cut at ${position} of ${life.operations.length}, after ${last}; the disk kept ${keeps} (seed ${seed})`;
}

/** Carries the cuts out, in the order of their positions, so that each life is replayed once. */
async function carryOut(
  t: TestContext,
  site: Site,
  cuts: Cut[],
  isForgotten?: (node: File | Folder) => boolean,
): Promise<Findings & { acknowledged: number }> {
  const total = { ...nothingFound(), acknowledged: 0 };
  for (const life of new Set(cuts.map((cut) => cut.life))) {
    const disk = life.disk();
    const replay = createReplay(disk, isForgotten);
    let done = 0;
    for (const cut of cuts.filter((cut) => cut.life === life).sort((a, b) => a.position - b.position)) {
      const { position, keeps, seed } = cut;
      life.operations.slice(done, position).forEach(replay);
      done = position;
      const image = keeps === 'nothing' ? disk.afterCut() : disk.afterCut(seeded(seed));
      const found = await compareAfterCut(t, site, { life, position, image });
      for (const [kind, what] of Object.entries(found) as [keyof Findings, string[]][]) {
        total[kind].push(...what.map((words) => `${words}\n${say(cut)}`));
      }
      total.acknowledged += standingAt(life, position).acknowledged.size;
    }
  }
  return total;
}

const didTo = ({ operations }: Life, op: 'open' | 'unlink', path: RegExp): boolean =>
  operations.some((operation) => operation.op === op && path.test(operation.path));

test(`the power is cut ${CUTS} times: no photo is lost, twice there, or damaged`, async (t) => {
  const reason = whyNotRecorded();
  if (reason) {
    t.skip(`THE POWER-CUT TEST DID NOT RUN: ${reason}`);
    return;
  }
  t.diagnostic(`SEED=${SEED}`);
  const dir = await tempFolder(t);
  const identity = await openIdentity(dir);
  const site = await makeSite(t, await startServer(t), identity.current().booth);
  const own = boothDatabase(site.booth);
  const { name, version } = VISIT_TEMPLATE;
  await site.couch.update<SettingsDoc>(
    own,
    'settings',
    (settings) => settings && { ...settings, keepShots: true, templates: [name] },
  );
  await site.couch.put(own, {
    ...{ _id: templateId(name), type: 'template', name, version, layout: VISIT_TEMPLATE },
  });
  const binding = { key: site.key, syncUrl: site.admin.url, portalUrl: 'http://127.0.0.1:1' };
  await identity.bind({ ...binding, pairedAt: new Date().toISOString() });

  const lives = await recordLives(t, site, { newBooth: await readImage(dir), random: seeded(SEED) });
  const [, second] = lives;
  assert.ok(second);
  assert.ok(didTo(second, 'open', /^queue\/.*\.ldb$/), 'LevelDB made a table of the log that it found');
  for (const life of lives) assert.ok(didTo(life, 'unlink', /^photos\/.*\.jpg$/), 'photos were released');

  const { acknowledged, ...findings } = await carryOut(t, site, chooseCuts(lives, CUTS));
  const counts = Object.entries(findings).map(([kind, what]) => `${what.length} ${kind}`);
  t.diagnostic(`${CUTS} cuts, with ${acknowledged} acknowledged photos in all: ${counts.join(', ')}`);
  assert.deepEqual(findings, nothingFound());

  // A booth that forgets to sync, cut after its last 201: were what it loses not found, nothing above would mean
  // anything. It is the second life's, which has databases to start from.
  const position = (positionsOf(second, ({ op }) => op === 'acknowledge').at(-1) ?? 0) + 1;
  const cut: Cut = { life: second, position, keeps: 'nothing', seed: SEED };
  for (const kind of ['file', 'folder'] as const) {
    const { lost } = await carryOut(t, site, [cut], (node) => node.kind === kind);
    t.diagnostic(`without fsync of any ${kind}: ${lost.length} lost`);
    assert.ok(lost.length > 0);
  }
});
