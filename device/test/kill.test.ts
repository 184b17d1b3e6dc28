/**
 * The plug is pulled again and again: a real booth process is killed (SIGKILL) at random moments of its start, of
 * captures, of visits and of syncs, and started again on what is left. At the end every photo and every shot that got
 * its 201 is in CouchDB, each photo exactly once, bit for bit. KILLS and SEED (environment) repeat or lengthen a run.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  boothDatabase,
  eventDatabase,
  PHOTO_ATTACHMENT,
  type SettingsDoc,
  SHOT_ATTACHMENT,
  templateId,
} from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { openIdentity } from '../pairing/identity.ts';
import { type TestContext, tempFolder } from './context.ts';
import { noiseJpeg } from './pictures.ts';
import { seeded } from './seeded.ts';
import { makeSite, type Site, startServer } from './site.ts';
import { layout } from './templates-made.ts';

const KILLS = Number(process.env.KILLS ?? 10);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** Two booths at one event: both cores are busy, and the moments of one are not those of the other. */
const BOOTHS = 2;
/** One life in five ends while it starts, the others within the time of so many photos, a sync or two among them. */
const DIES_AT_START = 0.2;
const MOST_PHOTOS = 8;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Booth {
  dataDir: string;
  site: Site;
  /** What got its 201: SHA-256 by id; that of a finished picture is the booth's own. */
  acknowledged: Map<string, string | undefined>;
  /** Shots of visits that got theirs: SHA-256. */
  shots: Set<string>;
}

/** Visits are of two shots, small enough to be drawn between two kills, and each shot is kept. */
const TEMPLATE = layout('pair', { shots: 2 });

async function makeBooth(t: TestContext, site: (booth: string) => Promise<Site>): Promise<Booth> {
  const dataDir = await tempFolder(t);
  const identity = await openIdentity(dataDir);
  const made = await site(identity.current().booth);
  const binding = { key: made.key, syncUrl: made.admin.url, portalUrl: 'http://127.0.0.1:1' };
  await identity.bind({ ...binding, pairedAt: new Date().toISOString() });
  const own = boothDatabase(made.booth);
  await made.couch.update<SettingsDoc>(
    own,
    'settings',
    (settings) => settings && { ...settings, keepShots: true, templates: [TEMPLATE.name] },
  );
  await made.couch.put(own, {
    ...{
      _id: templateId(TEMPLATE.name),
      type: 'template',
      name: TEMPLATE.name,
      version: 1,
      layout: TEMPLATE,
    },
  });
  return { dataDir, site: made, acknowledged: new Map(), shots: new Set() };
}

/** Starts the booth itself, as `npm run booth` does. `ready` gives its address, undefined if it ends before. */
function startBooth(t: TestContext, { dataDir }: Booth) {
  const main = new URL('../main.ts', import.meta.url).pathname;
  const env = {
    ...process.env,
    ...{ DATA_DIR: dataDir, BOOTH_PORT: '0', SYNC_INTERVAL_S: '1', DISK_RESERVE_MB: '0', LOG_LEVEL: 'info' },
  };
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const exited = once(child, 'exit');
  const ready = new Promise<string | undefined>((resolve) => {
    createInterface(child.stdout).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
      if (msg === 'booth ready') resolve(url);
    });
    void exited.then(() => resolve(undefined));
  });
  return { child, ready, exited, said: () => said };
}

/** How long the last start and the last photo took: machines differ, and what else they do. */
const lastMs = { start: 1_000, photo: 50 };

async function takePhoto(url: string, { acknowledged }: Booth, jpeg: Buffer): Promise<void> {
  const headers = { 'content-type': 'image/jpeg' };
  const body = new Uint8Array(jpeg);
  const answer = await fetch(`${url}/api/photos`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  const { id } = (await answer.json()) as { id: string };
  acknowledged.set(id, sha256(jpeg));
}

async function makeVisit(url: string, { acknowledged, shots }: Booth, jpegs: Buffer[]): Promise<void> {
  const visit = `${url}/api/visits/${randomUUID()}`;
  for (const [i, jpeg] of jpegs.entries()) {
    const headers = { 'content-type': 'image/jpeg' };
    const body = new Uint8Array(jpeg);
    const path = `${visit}/shots/${i}?template=${TEMPLATE.name}`;
    const answer = await fetch(path, { method: 'POST', headers, body });
    assert.equal(answer.status, 201);
    shots.add(sha256(jpeg));
  }
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ template: TEMPLATE.name });
  const answer = await fetch(`${visit}/finish`, { method: 'POST', headers, body });
  assert.equal(answer.status, 201);
  const { id } = (await answer.json()) as { id: string };
  acknowledged.set(id, undefined);
}

/** Takes one photo after the other, every third with a visit, until the booth is gone. */
async function takePhotos(
  url: string,
  booth: Booth,
  child: ChildProcess,
  random: () => number,
): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const jpegs = await Promise.all([0, 1].map(() => noiseJpeg(5_000 + random() * 60_000)));
    const started = performance.now();
    try {
      if (random() < 1 / 3) await makeVisit(url, booth, jpegs);
      else await takePhoto(url, booth, jpegs[0] as Buffer);
      lastMs.photo = performance.now() - started;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      lastMs.photo = Math.max(lastMs.photo, performance.now() - started); // it takes longer than it had
      await Promise.race([once(child, 'exit'), sleep(50)]); // the plug was pulled, or is being
    }
    await sleep(random() * 10);
  }
}

async function liveAndDie(
  t: TestContext,
  booth: Booth,
  random: () => number,
): Promise<'at start' | 'at work'> {
  const { child, ready, exited, said } = startBooth(t, booth);
  const dieIn = (ms: number) => sleep(random() * ms).then(() => child.kill('SIGKILL'));
  let dies = random() < DIES_AT_START ? dieIn(lastMs.start) : undefined;
  const started = performance.now();
  const url = await ready;
  if (url) lastMs.start = performance.now() - started;
  dies ??= dieIn(lastMs.photo * MOST_PHOTOS);
  if (url) await takePhotos(url, booth, child, random);
  await dies;
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', `it ended by itself: ${said()}`);
  return url ? 'at work' : 'at start';
}

/**
 * Its first life lasts until settings and template have come down and a photo and a visit are kept: the others may be
 * too short for that.
 */
async function firstLife(t: TestContext, booth: Booth): Promise<void> {
  const { child, ready, exited, said } = startBooth(t, booth);
  const url = await ready;
  assert.ok(url, said());
  const offered = async () => {
    const answer = await fetch(`${url}/api/templates`);
    return ((await answer.json()) as { templates: { name: string }[] }).templates.map(({ name }) => name);
  };
  for (const end = Date.now() + 60_000; (await offered())[0] !== TEMPLATE.name; await sleep(50)) {
    assert.ok(Date.now() < end, 'its template does not come down');
  }
  const [photo, ...shots] = await Promise.all([0, 1, 2].map(() => noiseJpeg(60_000)));
  await takePhoto(url, booth, photo as Buffer);
  await makeVisit(url, booth, shots);
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null], said());
}

/** Lets the booth live until all its photos are in the cloud, and ends it in order. */
async function drain(t: TestContext, booth: Booth): Promise<void> {
  const { child, ready, exited, said } = startBooth(t, booth);
  const url = await ready;
  assert.ok(url, said());
  /** What was left is settled by now, or listed soon; a file goes when the server has all of its photo. */
  const waiting = async () => {
    const folders = ['photos', 'extras', 'visits'].map((name) => readdir(join(booth.dataDir, name)));
    return (await Promise.all(folders)).flat().length;
  };
  for (const end = Date.now() + 60_000; (await waiting()) > 0; await sleep(50)) {
    assert.ok(Date.now() < end, `${await waiting()} files do not get to the cloud`);
  }
  child.kill('SIGTERM');
  assert.deepEqual(await exited, [0, null], said());
}

test(`killed ${KILLS} times, the booth has lost nothing and sent nothing twice`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const admin = await startServer(t);
  const booths: Booth[] = [];
  for (let i = 0; i < BOOTHS; i += 1) booths.push(await makeBooth(t, (id) => makeSite(t, admin, id)));

  const deaths = { 'at start': 0, 'at work': 0 };
  await Promise.all(
    booths.map(async (booth, i) => {
      await firstLife(t, booth);
      const random = seeded(SEED + i);
      for (let kill = i; kill < KILLS; kill += BOOTHS) deaths[await liveAndDie(t, booth, random)] += 1;
      await drain(t, booth);
    }),
  );

  let photos = 0;
  let visits = 0;
  for (const booth of booths) {
    const { site, dataDir, acknowledged } = booth;
    photos += acknowledged.size;
    const { username, password } = admin;
    const event = new PouchDB(`${admin.url}/${eventDatabase(site.event)}`, { auth: { username, password } });
    const { results } = await event.changes({ style: 'all_docs' });
    const originals = results.filter(({ id }) => id.startsWith('photo:'));
    for (const { id, changes } of originals) assert.equal(changes.length, 1, `${id} has one revision`);

    const shots = results.filter(({ id }) => id.startsWith('shot:'));
    const kept = new Set<string>();
    for (const { id } of shots) kept.add(sha256((await event.getAttachment(id, SHOT_ATTACHMENT)) as Buffer));
    const stored = new Map<string, string>();
    for (const { id } of originals) {
      stored.set(id, sha256((await event.getAttachment(id, PHOTO_ATTACHMENT)) as Buffer));
    }
    for (const [id, hash] of acknowledged) {
      assert.ok(stored.has(id), `${id} is there`);
      if (hash) assert.equal(stored.get(id), hash, `${id} is there, bit for bit`);
    }
    const pictures = new Set([...stored.values(), ...kept]);
    for (const shot of booth.shots) assert.ok(pictures.has(shot), 'a shot is kept, or a photo of its own');
    visits += kept.size;
    assert.equal(new Set(stored.values()).size, stored.size, 'no picture is there twice');
    assert.deepEqual(await readdir(join(dataDir, 'photos')), [], 'its folder is empty');
  }
  assert.ok(visits > 0, 'visits were made');
  t.diagnostic(
    `${photos} photos, ${visits} shots; killed ${deaths['at start']} times at start, ${deaths['at work']} at work`,
  );
});
