import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventDatabase, PHOTO_ATTACHMENT, parsePhotoId, SHOT_ATTACHMENT } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { openIdentity } from '../../pairing/identity.ts';
import { openStore } from '../../store/store.ts';
import { createSync } from '../../sync/sync.ts';
import { quiet, type TestContext, tempFolder } from '../context.ts';
import { noiseJpeg } from '../pictures.ts';
import { openBoothDbIn, openSettingsIn, type Site } from '../site.ts';
import { type Image, writeImage } from './disk.ts';
import { emptyEvent, type Life, sha256, standingAt } from './life.ts';

/** What went wrong, in words. */
export interface Findings {
  /** Acknowledged, and not on the booth or, after a sync, not on the server. */
  lost: string[];
  duplicated: string[];
  /** There, and not as they were taken. */
  damaged: string[];
  /** The booth did not start, or did not sync. */
  stopped: string[];
}
export const nothingFound = (): Findings => ({ lost: [], duplicated: [], damaged: [], stopped: [] });

/** Starts a booth in the folder with what matters here: all that these tests know of its parts. */
async function restart(dir: string, site: Site) {
  const { booth, binding } = (await openIdentity(dir)).current();
  assert.ok(binding, 'it is bound');
  const store = await openStore({ dir, booth, reserveBytes: 0, maxPhotoBytes: 30e6, log: quiet });
  await store.recovered();
  const boothDb = await openBoothDbIn(dir, binding.pairedAt).catch(async (error) => {
    await store.close();
    throw error;
  });
  const settings = await openSettingsIn(dir, boothDb, binding.pairedAt);
  const identity = { booth, binding: { key: binding.key, syncUrl: site.admin.url } };
  const sync = createSync({ log: quiet, store, boothDb, settings, identity, intervalMs: 1_000 });
  return {
    save: store.save,
    list: store.list,
    original: (id: string) => store.picture(id, 'original'),
    bytes: store.bytes,
    cycle: sync.cycle,
    async close() {
      await sync.stop();
      await boothDb.close();
      await store.close();
    },
  };
}
type Booth = Awaited<ReturnType<typeof restart>>;

/** Starts a booth from what was left on the disk after so many operations of a life, and compares. */
export async function compareAfterCut(
  t: TestContext,
  site: Site,
  { life, position, image }: { life: Life; position: number; image: Image },
): Promise<Findings> {
  const { acknowledged, shots, onServer } = standingAt(life, position);
  const findings = nothingFound();
  const expected = {
    acknowledged: new Map(acknowledged),
    shots,
    onServer,
    photos: new Map(life.photos),
    image,
  };
  const parent = await tempFolder(t);
  let booth: Booth | undefined;
  try {
    await writeImage(image, join(parent, 'data'));
    booth = await restart(join(parent, 'data'), site);
    await compareBooth(booth, expected, findings);
    await takeAnother(booth, expected, findings);
    await emptyEvent(site);
    const outcome = await booth.cycle();
    if (outcome.kind !== 'ok') findings.stopped.push(`sync: ${JSON.stringify(outcome)}`);
    await compareServer(site, expected, findings);
  } catch (error) {
    findings.stopped.push((error as Error).stack ?? String(error));
  } finally {
    await booth?.close();
    await rm(parent, { recursive: true });
  }
  return findings;
}

/** SHA-256 by id; revision by id for those that the server had before the cut. */
interface Expected {
  acknowledged: Map<string, string>;
  /** Of visits, finished or not: SHA-256. */
  shots: ReadonlySet<string>;
  image: Image;
  onServer: ReadonlyMap<string, string>;
  /** All that may be there. */
  photos: Map<string, string>;
}

/** What was acknowledged is on the booth, unless the server had it before the cut; each photo once. */
async function compareBooth(
  booth: Booth,
  { acknowledged, shots, onServer, photos, image }: Expected,
  findings: Findings,
): Promise<void> {
  const listed = await booth.list();
  const found = new Map<string, string>();
  for (const { id } of listed) found.set(id, sha256((await booth.original(id)) ?? Buffer.alloc(0)));
  const extras = new Map<string, string>();
  for (const id of [...photos.keys()].filter((id) => id.startsWith('shot:'))) {
    const bytes = await booth.bytes(id);
    if (bytes) extras.set(id, sha256(bytes));
  }
  // A visit that is not finished waits in its folder; what becomes of it then: visits.test.ts.
  const unfinished = [...image.files].filter(([path]) => path.startsWith('visits/'));
  const anywhere = new Set([
    ...[...found.values(), ...extras.values(), ...unfinished.map(([, bytes]) => sha256(bytes))],
    ...[...onServer.keys()].map((id) => photos.get(id)),
  ]);
  for (const shot of shots) if (!anywhere.has(shot)) findings.lost.push(`a shot of a visit: ${shot}`);
  for (const [id, hash] of acknowledged) {
    if ((found.get(id) ?? extras.get(id)) !== hash && !onServer.has(id)) findings.lost.push(id);
  }
  for (const key of ['id', 'n', 'name'] as const) {
    findings.duplicated.push(...repeated(listed.map((entry) => `${key} on the booth: ${entry[key]}`)));
  }
  compareContents(found, photos, 'on the booth', findings);
}

/** The next photo is one like the others, and no guest has a link with its number. */
async function takeAnother(booth: Booth, expected: Expected, findings: Findings): Promise<void> {
  const jpeg = await noiseJpeg(5_000);
  const outcome = await booth.save(jpeg);
  if (outcome.kind !== 'saved') {
    findings.stopped.push(`the next photo: ${JSON.stringify(outcome)}`);
    return;
  }
  const given = [...expected.acknowledged.keys()].map((id) => parsePhotoId(id)?.n);
  if (given.includes(outcome.n)) findings.duplicated.push(`number: ${outcome.n}`);
  expected.acknowledged.set(outcome.id, sha256(jpeg));
  expected.photos.set(outcome.id, sha256(jpeg));
}

/** What was acknowledged is on the server now, or was before the cut; each photo once, in one revision. */
async function compareServer(
  { admin: { url, username, password }, event }: Site,
  { acknowledged, onServer, photos }: Expected,
  findings: Findings,
): Promise<void> {
  const db = new PouchDB(`${url}/${eventDatabase(event)}`, { auth: { username, password } });
  const { results } = await db.changes({ style: 'all_docs' });
  const found = new Map<string, string>();
  for (const id of onServer.keys()) found.set(id, photos.get(id) ?? 'unknown');
  for (const { id, changes } of results.filter(({ id }) => /^(photo|shot):/.test(id))) {
    const attachment = id.startsWith('photo:') ? PHOTO_ATTACHMENT : SHOT_ATTACHMENT;
    found.set(id, sha256((await db.getAttachment(id, attachment)) as Buffer));
    const before = onServer.get(id);
    const revisions = new Set([...changes.map(({ rev }) => rev), ...(before ? [before] : [])]);
    if (revisions.size > 1) findings.duplicated.push(`${revisions.size} revisions of ${id}`);
  }
  for (const [id, hash] of acknowledged) {
    if (found.get(id) !== hash && !findings.lost.includes(id)) findings.lost.push(id);
  }
  compareContents(found, photos, 'on the server', findings);
}

function compareContents(
  found: ReadonlyMap<string, string>,
  photos: ReadonlyMap<string, string>,
  where: string,
  findings: Findings,
): void {
  const sent = new Set(photos.values());
  for (const [id, hash] of found) if (!sent.has(hash)) findings.damaged.push(`${where}: ${id}`);
  findings.duplicated.push(...repeated([...found.values()].map((hash) => `picture ${where}: ${hash}`)));
}

const repeated = (values: string[]): string[] => values.filter((value, i) => values.indexOf(value) !== i);
