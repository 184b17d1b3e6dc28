/**
 * The plug of the portal is pulled again and again: the real portal with its embedded server is killed (SIGKILL) at
 * random moments while a real booth takes photos and sends them, and started again on what is left. At the end
 * every photo that got its 201 is in CouchDB exactly once, bit for bit. KILLS and SEED (environment) repeat or
 * lengthen a run.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PHOTO_ATTACHMENT, parsePhotoId } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { type Product, seeded, startProduct, until } from './product.ts';
import { boothPhotos, pair, sha256 } from './steps.ts';

const KILLS = Number(process.env.KILLS ?? 10);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
/** Taken around each kill; 50 times as many are still less than the 200 that the booth lists. */
const PHOTOS_A_KILL = 3;
/** The kill comes within this time of the first capture: a photo is sent in a good part of it. */
const DIES_WITHIN_MS = 400;

/** A real photograph, made one of its kind by a comment segment after its first marker. */
function distinct(photograph: Buffer, random: () => number): Buffer {
  const comment = Buffer.from(Array.from({ length: 16 + random() * 40_000 }, () => random() * 256));
  const head = Buffer.from([0xff, 0xfe, (comment.length + 2) >> 8, (comment.length + 2) & 0xff]);
  return Buffer.concat([photograph.subarray(0, 2), head, comment, photograph.subarray(2)]);
}

/** Takes a photo; its id, once the booth said that it is safe. */
async function capture(product: Product, jpeg: Buffer): Promise<string> {
  const answer = await fetch(`${product.booth.url}/api/photos`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(jpeg),
  }).catch((cause) => {
    throw new Error(`the booth is gone: ${product.booth.log().slice(-2000)}`, { cause });
  });
  assert.equal(answer.status, 201, 'the booth takes photos whatever becomes of the portal');
  return ((await answer.json()) as { id: string }).id;
}

const waiting = async (product: Product): Promise<number> =>
  (await boothPhotos(product)).filter(({ state }) => state !== 'in-cloud').length;

/** The only event's database, as its administrator sees it. */
async function eventDatabaseOf(product: Product): Promise<PouchDB.Database> {
  const { url, username, password } = await product.couchAdmin();
  const auth = { username, password };
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const all = (await (await fetch(`${url}/_all_dbs`, { headers: { authorization } })).json()) as string[];
  const [event, ...others] = all.filter((name) => name.startsWith('event-'));
  assert.ok(event && others.length === 0, `one event: ${all.join(' ')}`);
  return new PouchDB(`${url}/${event}`, { auth });
}

test(`killed ${KILLS} times while a booth sends, the portal has lost nothing and keeps nothing twice`, async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const random = seeded(SEED);
  const photographs = await Promise.all(
    ['chelsea', 'rocket', 'coffee'].map((name) =>
      readFile(new URL(`../../../device/camera/player/${name}.jpg`, import.meta.url)),
    ),
  );
  const product = await startProduct(t, { boothEnv: { SYNC_INTERVAL_S: '1' } });
  const login = await product.createCustomer('camille@example.com', 'Camille M.');
  const kiosk = await product.open(product.booth.url);
  const customer = await product.open(product.portal.url);
  await pair(kiosk, customer, login, product.portal.url);
  await Promise.all([kiosk.close(), customer.close()]); // the processors are for the two programs

  const acknowledged = new Map<string, string>();
  let killedBusy = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const shots = photographs.slice(0, PHOTOS_A_KILL).map((photograph) => distinct(photograph, random));
    const pauses = shots.map(() => random() * 100);
    const killed = sleep(random() * DIES_WITHIN_MS).then(async () => {
      if ((await waiting(product)) > 0) killedBusy += 1;
      await product.portal.kill();
    });
    for (const [i, jpeg] of shots.entries()) {
      acknowledged.set(await capture(product, jpeg), sha256(jpeg));
      await sleep(pauses[i]);
    }
    await killed;
    await product.startPortal();
  }
  await until('every photo to be in the cloud', async () => (await waiting(product)) === 0);

  const event = await eventDatabaseOf(product);
  const { results } = await event.changes({ style: 'all_docs' });
  for (const { id, changes } of results) assert.equal(changes.length, 1, `${id} has one revision`);
  const stored = new Map<string, string>();
  for (const { id, deleted } of results) {
    if (deleted || !parsePhotoId(id)) continue;
    stored.set(id, sha256((await event.getAttachment(id, PHOTO_ATTACHMENT)) as Buffer));
  }
  assert.equal(acknowledged.size, KILLS * PHOTOS_A_KILL);
  assert.deepEqual(sorted(stored), sorted(acknowledged), `SEED=${SEED}`);
  assert.ok(killedBusy > 0, 'no kill found a photo on its way: the moments are wrong');
  t.diagnostic(`${stored.size} photos; ${killedBusy} of ${KILLS} kills found photos on their way`);
});

const sorted = (hashes: Map<string, string>) => [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
