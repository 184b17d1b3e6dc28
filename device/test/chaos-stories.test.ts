/** What a line and its two ends go through in longer stories than one fault: see `chaos.test.ts`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CouchAddress } from '@photomaton/couch';
import { boothDatabase, type SettingsDoc } from '@photomaton/design-docs/docs';
import type { SyncOutcome } from '../sync/sync.ts';
import { error, first, fromDocument, healthyAnswers, lost } from './answer-faults.ts';
import { endsAs, everythingArrived, nothingIsLost, nothingWentTwice, within } from './chaos-asserts.ts';
import { type ChaosBooth, INTERVAL_MS, openChaosBooth } from './chaos-booth.ts';
import { ALL, DEADLINE_MS, OFFLINE, OK, PHOTOS, SLOW, wireInMidBatch } from './chaos-cases.ts';
import { startChaos } from './chaos-proxy.ts';
import { tempFolder } from './context.ts';
import { leavingNothing, memory, openScope } from './nothing-left.ts';
import { startServerApart, startServerProcess } from './server-process.ts';
import { makeSite, type Site, settingsOf } from './site.ts';
import { resetAfter } from './wire-faults.ts';

const KILLS = ALL ? 5 : 1;
const NOT_OURS = process.env.COUCH_URL ? 'not our server to kill' : false;

let server: CouchAddress;
const file = openScope();
before(async () => {
  server = await startServerApart(file);
  const scope = openScope(); // what is loaded and compiled once is not a story's
  const booth = await openChaosBooth(scope, await makeSite(scope, server));
  await booth.takePhotos(PHOTOS, 5_000);
  assert.deepEqual(await booth.syncTo((await startChaos(scope, server.url)).url).cycle(), OK);
  await scope.end();
});
after(() => file.end());

test('a server that is killed in mid-batch, and comes back', { skip: NOT_OURS }, (t) =>
  leavingNothing(t, async (scope) => {
    const dir = await tempFolder(scope);
    let running = await startServerProcess(scope, { dir });
    const site = await makeSite(scope, running.admin);
    const booth = await openChaosBooth(scope, site);
    const chaos = await startChaos(scope, running.admin.url);
    const sync = booth.syncTo(chaos.url);
    await booth.takePhotos(PHOTOS, 20_000);
    for (let kill = 0; kill < KILLS; kill += 1) {
      let killed: Promise<void> | undefined;
      chaos.faults.answer = fromDocument(2, healthyAnswers, () => {
        killed = running.kill();
      });
      endsAs(await within(DEADLINE_MS, sync.cycle()), OFFLINE);
      await killed;
      running = await startServerProcess(scope, { dir, port: Number(new URL(site.admin.url).port) });
      await nothingIsLost(booth);
    }
    chaos.heal();
    assert.deepEqual(await sync.cycle(), OK);
    await everythingArrived([booth]);
    assert.deepEqual(chaos.seen.sentAgain, [], 'what it said it had stored was still there');
  }),
);

test('two booths write to one event while a third with a revoked key tries to', (t) =>
  leavingNothing(t, async (scope) => {
    const sites: Site[] = [];
    while (sites.length < 3) sites.push(await makeSite(scope, server));
    const { event, provisioner } = sites[0] as Site;
    const ids = sites.map(({ booth }) => booth);
    await provisioner.setEventBooths(event, ids);
    const booths: ChaosBooth[] = [];
    for (const site of sites) {
      await site.couch.update<SettingsDoc>(boothDatabase(site.booth), 'settings', () => settingsOf(event));
      booths.push(await openChaosBooth(scope, { ...site, event }));
    }
    const [one, two, revoked] = booths as [ChaosBooth, ChaosBooth, ChaosBooth];
    await provisioner.removeDeviceKey(revoked.site.booth);
    const chaos = await startChaos(scope, server.url);
    const syncs = booths.map((booth) => booth.syncTo(chaos.url));
    await Promise.all(booths.map((booth) => booth.takePhotos(PHOTOS, 20_000)));

    const cycles = () => within(DEADLINE_MS, Promise.all(syncs.map((sync) => sync.cycle())));
    const noLonger: SyncOutcome = { kind: 'stopped', reason: 'unauthorized' };
    // The two share a line that breaks in the middle of it.
    wireInMidBatch(resetAfter(0, 'up'))(chaos);
    endsAs((await cycles())[2], noLonger);
    chaos.heal();
    assert.deepEqual(await cycles(), [OK, OK, noLonger]);
    await everythingArrived([one, two]);
    nothingWentTwice(chaos, one, two);
    assert.ok((await revoked.store.list()).every(({ state }) => state === 'on-booth'));
    await nothingIsLost(revoked);
  }));

/** A loop that waits no time; when it is content with a whole interval it waits for good. */
function openLoop(booth: ChaosBooth, url: string, { intervals = 1 } = {}) {
  const waits: number[] = [];
  let whole = 0;
  let onContent: () => void = () => undefined;
  const content = new Promise<void>((resolve) => {
    onContent = resolve;
  });
  const sync = booth.syncTo(url, {
    sleep: async (ms, signal) => {
      waits.push(ms);
      if (ms < 0.9 * INTERVAL_MS || ++whole < intervals) return;
      onContent();
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  });
  return { sync, waits, content };
}

for (const [name, fault, leastWaitMs] of [
  ['503 with Retry-After', error(503, { 'retry-after': '7' }), 7_000],
  ['lost answers', lost, 0],
] as const) {
  test(`the loop comes through a storm of ${name} by itself`, (t) =>
    leavingNothing(t, async (scope) => {
      const booth = await openChaosBooth(scope, await makeSite(scope, server));
      const chaos = await startChaos(scope, server.url);
      await booth.takePhotos(PHOTOS, 5_000);
      chaos.faults.answer = first(5, fault);
      const { sync, waits, content } = openLoop(booth, chaos.url);
      sync.start();
      await within(DEADLINE_MS, content);
      assert.ok(waits.length > 1, 'it failed before');
      assert.ok(Math.min(...waits) >= leastWaitMs, `${waits}`);
      await everythingArrived([booth]);
      nothingWentTwice(chaos, booth);
      await sync.stop();
    }));
}

test('a booth with a revoked key asks once an interval', (t) =>
  leavingNothing(t, async (scope) => {
    const site = await makeSite(scope, server);
    const booth = await openChaosBooth(scope, site);
    const chaos = await startChaos(scope, server.url);
    await booth.takePhotos(PHOTOS, 5_000);
    await site.provisioner.removeDeviceKey(site.booth);
    const intervals = 5;
    const { sync, waits, content } = openLoop(booth, chaos.url, { intervals });
    sync.start();
    await within(DEADLINE_MS, content);
    assert.equal(waits.length, intervals);
    assert.ok(Math.min(...waits) >= 0.9 * INTERVAL_MS, `${waits}`);
    const { requests } = chaos.seen;
    assert.ok(requests <= 2 * intervals, `${requests} requests in ${intervals} intervals`);
    await nothingIsLost(booth);
    await sync.stop();
  }));

test('cycles with nothing to do leave nothing, however many', { skip: SLOW }, (t) =>
  leavingNothing(t, async (scope) => {
    const booth = await openChaosBooth(scope, await makeSite(scope, server));
    const sync = booth.syncTo(server.url);
    const heapAfter = async (cycles: number) => {
      for (let i = 0; i < cycles; i += 1) assert.deepEqual(await sync.cycle(), OK);
      return (await memory()).heap;
    };
    const settled = await heapAfter(100);
    const aCycle = ((await heapAfter(100)) - settled) / 100;
    t.diagnostic(`${Math.round(aCycle)} bytes a cycle`);
    assert.ok(aCycle < 10_000, `${aCycle} bytes a cycle`); // V8 goes on learning for long: about 5 kB
  }),
);
