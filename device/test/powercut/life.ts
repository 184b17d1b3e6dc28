import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestContext, tempFolder } from '../context.ts';
import { noiseJpeg } from '../pictures.ts';
import type { Site } from '../site.ts';
import { layout } from '../templates-made.ts';
import { createDisk, type Disk, type Image, readImage, writeImage } from './disk.ts';
import { type Stored, startNotary } from './notary.ts';
import { record } from './recording.ts';
import { createReplay } from './replay.ts';
import type { Operation } from './trace.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Of the visits; the site's settings have to offer nothing else, and to keep shots. */
export const VISIT_TEMPLATE = layout('pair', { shots: 2 });

/** What a booth did from one start on. */
export interface Life {
  /** The disk as it was when it began. */
  disk(): Disk;
  operations: Operation[];
  /** How things stood when it began. */
  before: Standing;
  /** SHA-256 of every photo that was ever sent to this booth, by id; also of the shots that are kept beside one. */
  photos: ReadonlyMap<string, string>;
  /** SHA-256 of every shot of a visit, in the order in which they were sent. */
  shots: readonly string[];
  stored: Stored[];
}

interface Standing {
  /** Photos that must not be lost, with their shots: SHA-256 by id. */
  acknowledged: ReadonlyMap<string, string>;
  /** Shots of visits that must not be lost, finished or not: SHA-256. */
  shots: ReadonlySet<string>;
  /** Photos and shots that the server has: revision by id. */
  onServer: ReadonlyMap<string, string>;
}

/** How things stand after so many of its operations. */
export function standingAt(life: Life, position: number): Standing {
  const { before, operations, photos, stored } = life;
  const acknowledged = new Map(before.acknowledged);
  const shots = new Set(before.shots);
  let shotsSent = 0;
  for (const operation of operations.slice(0, position)) {
    if (operation.op !== 'acknowledge') continue;
    const { id } = operation;
    if (id === undefined) {
      shots.add(life.shots[shotsSent] ?? '');
      shotsSent += 1;
      continue;
    }
    for (const of of [id, ...shotsOf(id, photos)]) acknowledged.set(of, photos.get(of) ?? '');
  }
  const now = operations[position - 1]?.time ?? 0;
  const onServer = new Map(before.onServer);
  for (const { id, rev, time } of stored) if (time <= now) onServer.set(id, rev);
  return { acknowledged, shots, onServer };
}

/** Ids of the shots that are kept beside the photo. */
const shotsOf = (photo: string, all: ReadonlyMap<string, string>): string[] => {
  const key = photo.replace(/^photo(:.*:)[^:]*$/, 'shot$1');
  return [...all.keys()].filter((id) => id.startsWith(key));
};

/** Where in a life such operations are. */
export const positionsOf = ({ operations }: Life, wanted: (operation: Operation) => boolean): number[] =>
  operations.flatMap((operation, i) => (wanted(operation) ? [i] : []));

/**
 * Three lives, since a booth that starts has to put things in order: that of a new booth; that of one on which the
 * power was cut between the file of a photo and its 201; and that of one whose process was killed there, so that
 * it finds what was never synced.
 */
export async function recordLives(
  t: TestContext,
  site: Site,
  { newBooth, random }: { newBooth: Image; random(): number },
): Promise<Life[]> {
  const first = await recordLife(t, site, {
    disk: () => createDisk(newBooth),
    before: { acknowledged: new Map(), shots: new Set(), onServer: new Map() },
    ...{ earlier: new Map(), count: 28, random },
  });
  const diskAt = (position: number): Disk => {
    const disk = first.disk();
    first.operations.slice(0, position).forEach(createReplay(disk));
    return disk;
  };
  const linked = positionsOf(first, ({ op }) => op === 'link');
  const [early = 0, late = 0] = [0.6, 0.8].map((part) => linked[Math.floor(linked.length * part)]);
  const cut = whenNameLasts(first, early);
  const killed = late + 1;
  const after = { earlier: first.photos, count: 6, random };
  return [
    first,
    await recordLife(t, site, {
      disk: () => createDisk(diskAt(cut).afterCut()),
      before: standingAt(first, cut),
      ...after,
    }),
    await recordLife(t, site, { disk: () => diskAt(killed), before: standingAt(first, killed), ...after }),
  ];
}

/** The first position at which the new name of a link would survive a power cut. */
function whenNameLasts({ disk, operations }: Life, linked: number): number {
  const link = operations[linked];
  assert.ok(link?.op === 'link');
  const model = disk();
  const replay = createReplay(model);
  return (
    operations.findIndex((operation, position) => {
      replay(operation);
      return position >= linked && model.afterCut().files.has(link.to);
    }) + 1
  );
}

async function recordLife(
  t: TestContext,
  site: Site,
  o: {
    disk(): Disk;
    before: Standing;
    earlier: ReadonlyMap<string, string>;
    count: number;
    random(): number;
  },
): Promise<Life> {
  await emptyEvent(site);
  const { url: syncUrl, stored } = await startNotary(t, site.admin.url);
  const dataDir = join(await realpath(await tempFolder(t)), 'data');
  await writeImage(o.disk().asSeen(), dataDir);
  const photos = new Map(o.earlier);
  const answered: (string | undefined)[] = [];
  const shots: string[] = [];
  const work = async (url: string) => {
    await untilKeepingShots(url);
    for (let i = 0; i < o.count; i += 1) {
      // Small ones, so that the trace can be read; LevelDB makes a table of its log at the next life's start.
      const jpeg = await noiseJpeg(i % 3 === 2 ? 400_000 : 5_000 + o.random() * 55_000);
      const id = await takePhoto(url, jpeg);
      photos.set(id, sha256(jpeg));
      answered.push(id);
      if (i % 4 !== 3) continue;
      const visit = await makeVisit(url, o.random);
      for (const [of, hash] of visit.photos) photos.set(of, hash);
      shots.push(...visit.shots);
      answered.push(...visit.shots.map(() => undefined), visit.id);
    }
    await untilReleased(url, answered);
  };
  const operations = await record(t, { dataDir, syncUrl, work });

  // That the trace is whole and was understood: done again, it makes the same folder.
  const disk = o.disk();
  operations.forEach(createReplay(disk));
  const [seen, real] = [disk.asSeen(), await readImage(dataDir)];
  assert.deepEqual(seen.folders.sort(), real.folders);
  assert.deepEqual([...seen.files.keys()].sort(), [...real.files.keys()].sort());
  for (const [path, content] of real.files) assert.ok(seen.files.get(path)?.equals(content), path);
  const left = operations.flatMap((operation) => (operation.op === 'acknowledge' ? [operation.id] : []));
  assert.deepEqual(left, answered, 'every 201 was seen to leave');
  return { disk: o.disk, before: o.before, operations, photos, shots, stored };
}

/** The site's event, as if nothing was ever sent to it. */
export async function emptyEvent({ provisioner, event, booth }: Site): Promise<void> {
  await provisioner.dropEventDatabase(event);
  await provisioner.createEventDatabase(event);
  await provisioner.setEventBooths(event, [booth]);
}

async function takePhoto(url: string, jpeg: Buffer): Promise<string> {
  const headers = { 'content-type': 'image/jpeg' };
  const answer = await fetch(`${url}/api/photos`, { method: 'POST', headers, body: new Uint8Array(jpeg) });
  assert.equal(answer.status, 201);
  return ((await answer.json()) as { id: string }).id;
}

/** A visit of two shots, which are kept; gives its photo and them, SHA-256 by id. */
async function makeVisit(url: string, random: () => number) {
  const jpegs = await Promise.all([0, 1].map(() => noiseJpeg(5_000 + random() * 55_000)));
  const visit = `${url}/api/visits/${randomUUID()}`;
  for (const [i, jpeg] of jpegs.entries()) {
    const path = `${visit}/shots/${i}?template=${VISIT_TEMPLATE.name}`;
    const headers = { 'content-type': 'image/jpeg' };
    assert.equal((await fetch(path, { method: 'POST', headers, body: new Uint8Array(jpeg) })).status, 201);
  }
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ template: VISIT_TEMPLATE.name });
  const answer = await fetch(`${visit}/finish`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  const { id } = (await answer.json()) as { id: string };
  const original = await fetch(`${url}/api/photos/${encodeURIComponent(id)}/original`);
  const photos = new Map([[id, sha256(Buffer.from(await original.arrayBuffer()))]]);
  for (const jpeg of jpegs) {
    const md5 = createHash('md5').update(jpeg).digest('hex');
    photos.set(id.replace(/^photo(:.*:)[^:]*$/, `shot$1${md5}`), sha256(jpeg));
  }
  return { id, photos, shots: jpegs.map(sha256) };
}

/** Settings and template have come down when it is the only one that is offered. */
async function untilKeepingShots(url: string): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(20)) {
    const { templates } = (await (await fetch(`${url}/api/templates`)).json()) as {
      templates: { name: string }[];
    };
    if (templates.length === 1 && templates[0]?.name === VISIT_TEMPLATE.name) return;
    assert.ok(Date.now() < end, 'settings do not come down');
  }
}

/** Waits until the booth lets go of one of these photos. */
async function untilReleased(url: string, ids: (string | undefined)[]): Promise<void> {
  for (const end = Date.now() + 30_000; ; await sleep(20)) {
    const answer = await fetch(`${url}/api/photos`);
    const { photos } = (await answer.json()) as { photos: { id: string; state: string }[] };
    if (photos.some(({ id, state }) => ids.includes(id) && state === 'in-cloud')) return;
    assert.ok(Date.now() < end, 'no photo gets to the cloud');
  }
}
