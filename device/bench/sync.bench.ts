/** npm run bench -- sync: how fast photos get to the server. BENCH_PHOTOS (200) shrinks it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type CouchAddress, openCouch } from '@photomaton/couch';
import { openProvisioner } from '@photomaton/couch/setup';
import { boothDatabase, type SettingsDoc } from '@photomaton/design-docs/docs';
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import PouchDB from 'pouchdb';
import { openStore, type Store } from '../store/store.ts';
import { openBoothDb } from '../sync/booth-db.ts';
import { createSync } from '../sync/sync.ts';
import { makePhotos } from './photos.ts';

const PHOTO_BYTES = 2_500_000;
const PHOTOS = Number(process.env.BENCH_PHOTOS ?? 200);
const log = pino({ level: 'silent' });
const hex24 = () => randomBytes(12).toString('hex');

const name = 'sync.push.vs_stock';
if (name.startsWith(process.argv[2] ?? '')) await measurePush();

/**
 * A whole cycle of the booth (push, verification, release) into an event with its validators, against stock
 * PouchDB's replication of the same queue into a database without any.
 */
async function measurePush(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  const server = await startServer(dir);
  const site = { booth: hex24(), event: hex24(), key: randomBytes(32).toString('base64url') };
  const plain = `bench-${hex24()}`;
  const provisioner = await provision(server.admin, site);
  const store = await openStore({
    ...{ dir, booth: site.booth, reserveBytes: 0, maxPhotoBytes: 1e8, log },
  });
  const boothDb = await openBoothDb({
    ...{ folder: join(dir, 'booth-db'), binding: 'bench', asideDir: dir, now: () => new Date(), log },
  });
  const { username, password, url } = server.admin;
  const remote = new PouchDB(`${url}/${plain}`, { auth: { username, password } });
  try {
    const bytes = await fill(store);
    const stockMs = await timed(async () => {
      for (const { db } of store.waiting()) {
        await PouchDB.replicate(db, remote, { batch_size: 5, batches_limit: 1 });
      }
    });
    const sync = createSync({
      ...{ store, boothDb, intervalMs: 1e6, log },
      identity: { booth: site.booth, binding: { key: site.key, syncUrl: url } },
    });
    const ms = await timed(async () => {
      const outcome = await sync.cycle();
      if (outcome.kind !== 'ok') throw new Error(`the push ended with ${JSON.stringify(outcome)}`);
    });
    const mbPerSecond = (took: number) => bytes / 1000 / took;
    printFigure({
      ...{ name, value: mbPerSecond(ms), unit: 'MB/s', reference: mbPerSecond(stockMs), goal: '>=2' },
    });
  } finally {
    await remote.destroy();
    await provisioner.dropEventDatabase(site.event);
    await provisioner.removeDeviceKey(site.booth);
    await new PouchDB(`${url}/${boothDatabase(site.booth)}`, { auth: { username, password } }).destroy();
    await boothDb.close();
    await store.close();
    await server.stop();
    await rm(dir, { recursive: true });
  }
}

async function fill(store: Store): Promise<number> {
  const photo = await makePhotos(PHOTO_BYTES);
  let bytes = 0;
  for (let i = 0; i < PHOTOS; i += 1) {
    const jpeg = photo();
    const { kind } = await store.save(jpeg);
    if (kind !== 'saved') throw new Error(`a photo was not saved: ${kind}`);
    bytes += jpeg.length;
  }
  return bytes;
}

async function provision(admin: CouchAddress, site: { booth: string; event: string; key: string }) {
  const provisioner = openProvisioner(admin);
  await provisioner.createEventDatabase(site.event);
  await provisioner.setEventBooths(site.event, [site.booth]);
  await provisioner.createBoothDatabase(site.booth);
  await provisioner.putDeviceKey(site.booth, site.key);
  const settings: SettingsDoc = {
    ...{
      _id: 'settings',
      type: 'settings',
      event: { id: site.event, title: 'Bench' },
      language: 'en',
      countdownS: 3,
    },
  };
  await openCouch(admin).put(boothDatabase(site.booth), settings);
  return provisioner;
}

/** CouchDB at COUCH_URL (credentials in it), else the embedded server in a process of its own. */
async function startServer(dir: string): Promise<{ admin: CouchAddress; stop(): Promise<unknown> }> {
  if (process.env.COUCH_URL) {
    const { origin, username, password } = new URL(process.env.COUCH_URL);
    return { admin: { url: origin, username, password }, stop: async () => undefined };
  }
  const folder = join(dir, 'server');
  await mkdir(folder);
  const script = new URL('server.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const admin = JSON.parse(line) as CouchAddress;
  await openProvisioner(admin).setUp({ portalPassword: 'bench' });
  return {
    admin,
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
