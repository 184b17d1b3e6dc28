import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../store/store.ts';
import { createSync, delayMs, type SyncOutcome } from '../sync/sync.ts';
import { quiet, type TestContext, tempFolder } from './context.ts';
import { openBoothDbIn, openSettingsIn } from './site.ts';

const half = () => 0.5;

test('how long to wait: the interval, a back-off, or what the server says', () => {
  const interval = 300_000;
  const wait = (outcome: SyncOutcome, failures = 0, random = half) =>
    delayMs(outcome, { failures, intervalMs: interval, random });
  const offline: SyncOutcome = { kind: 'offline', problem: 'offline', reason: '' };
  assert.equal(wait({ kind: 'ok' }), interval);
  assert.equal(
    wait({ kind: 'ok' }, 0, () => 0),
    interval * 0.9,
  );
  assert.equal(wait({ kind: 'stopped', reason: 'unauthorized' }), interval);
  assert.deepEqual(
    [1, 2, 3, 50].map((failures) => wait(offline, failures)),
    [750, 1500, 3000, interval * 0.75],
  );
  assert.equal(
    wait({ kind: 'busy', retryAfterMs: 7000 }, 1, () => 0),
    7000,
    'never sooner than told',
  );
});

test('while the portal has not answered a choice made on the booth, it looks soon, and ever less often', () => {
  const wait = (asks: number) =>
    delayMs({ kind: 'ok' }, { failures: 0, asks, intervalMs: 300_000, random: half });
  assert.deepEqual([1, 2, 3, 50].map(wait), [2_000, 4_000, 8_000, 300_000]);
});

/** The loop with a server made of status codes, and a sleep that lasts until someone wakes it. */
async function openLoop(t: TestContext, status: { code: number }) {
  const dir = await tempFolder(t);
  const store = await openStore({
    ...{ dir, booth: 'a'.repeat(24), reserveBytes: 0, maxPhotoBytes: 1e6, log: quiet },
  });
  const boothDb = await openBoothDbIn(dir);
  let cycles = 0;
  let asleep: () => void = () => undefined;
  const sync = createSync({
    ...{
      store,
      boothDb,
      settings: await openSettingsIn(dir, boothDb),
      intervalMs: 1000,
      log: quiet,
      random: half,
    },
    identity: { booth: 'a'.repeat(24), binding: { key: 'k', syncUrl: 'http://couch' } },
    fetch: async () => Response.json({ error: 'x' }, { status: status.code }),
    sleep: (_ms, signal) => {
      asleep();
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    onStatus: ({ running }) => {
      if (running) cycles += 1;
    },
  });
  t.after(async () => {
    await sync.stop();
    await boothDb.close();
    await store.close();
  });
  /** Does it, and resolves when the loop sleeps again. */
  const untilAsleep = (deed: () => void) =>
    new Promise<void>((resolve) => {
      asleep = resolve;
      deed();
    });
  return { sync, untilAsleep, cycles: () => cycles };
}

test('woken by a photo, the network or a person, it runs a cycle at once', async (t) => {
  const { sync, untilAsleep, cycles } = await openLoop(t, { code: 503 });
  await untilAsleep(() => sync.start());
  assert.equal(cycles(), 1);
  for (const why of ['photo', 'network', 'asked'] as const) await untilAsleep(() => sync.wake(why));
  assert.equal(cycles(), 4);
});

test('a booth that is not let in does not hammer: photos do not wake it, a person does', async (t) => {
  const { sync, untilAsleep, cycles } = await openLoop(t, { code: 401 });
  await untilAsleep(() => sync.start());
  for (let i = 0; i < 10; i += 1) sync.wake('photo');
  await untilAsleep(() => sync.wake('asked'));
  assert.equal(cycles(), 2);
});

test('one cycle at a time: whoever asks meanwhile joins it', async (t) => {
  const { sync, cycles } = await openLoop(t, { code: 503 });
  const outcomes = await Promise.all([sync.cycle(), sync.cycle(), sync.cycle()]);
  assert.equal(cycles(), 1);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['busy', 'busy', 'busy'],
  );
});

test('stop ends a loop that sleeps, and one that never started', async (t) => {
  const first = await openLoop(t, { code: 503 });
  await first.untilAsleep(() => first.sync.start());
  await first.sync.stop();
  const second = await openLoop(t, { code: 503 });
  await second.sync.stop();
});
