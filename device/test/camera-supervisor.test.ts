import assert from 'node:assert/strict';
import test from 'node:test';
import { afterEnding, type Ending } from '../camera/daemon/restarts.ts';
import { createSupervisor } from '../camera/daemon/supervisor.ts';
import { quiet } from './context.ts';

test('the first restart comes at once, then later and later, never later than 5 s', () => {
  const waits: number[] = [];
  for (let failures = 0; failures < 10; ) {
    const next = afterEnding(failures, { ending: 'lost', livedMs: 0 });
    waits.push(next.waitMs);
    failures = next.failures;
  }
  assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
});

test('a camera that lived for a while starts from the beginning; one that is not installed can wait', () => {
  assert.deepEqual(afterEnding(7, { ending: 'lost', livedMs: 10_000 }), { failures: 1, waitMs: 100 });
  assert.deepEqual(afterEnding(7, { ending: 'lost', livedMs: 9_999 }), { failures: 8, waitMs: 5_000 });
  assert.equal(afterEnding(0, { ending: 'not-installed', livedMs: 0 }).waitMs, 30_000);
});

/** Runs a story on a clock of its own: each run lives so long (0: no frame at all), then ends so. */
async function tell(story: { livesMs: number; ending: Ending }[]): Promise<string[]> {
  let clock = 0;
  const log: string[] = [];
  const runs = story[Symbol.iterator]();
  let finished: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const supervisor = createSupervisor({
    async run(live, signal) {
      const { value: run } = runs.next();
      if (!run) {
        finished();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { ending: 'lost', said: '' };
      }
      log.push(`${clock} start, ${supervisor.state()}`);
      if (run.livesMs > 0) live();
      clock += run.livesMs;
      if (run.livesMs > 0) log.push(`${clock} ${supervisor.state()}`);
      return { ending: run.ending, said: '' };
    },
    now: () => clock,
    sleep: async (ms) => {
      log.push(`${clock} ${supervisor.state()}`);
      clock += ms;
    },
    log: quiet,
  });
  supervisor.start();
  await end;
  await supervisor.stop();
  return log;
}

test('a problem is said until pictures come again, and the waits start anew after a good while', async () => {
  const story = await tell([
    { livesMs: 0, ending: 'missing' },
    { livesMs: 0, ending: 'missing' },
    { livesMs: 20_000, ending: 'lost' },
    { livesMs: 1_000, ending: 'busy' },
    { livesMs: 0, ending: 'not-installed' },
  ]);
  assert.deepEqual(story, [
    '0 start, starting',
    '0 missing',
    '100 start, missing',
    '100 missing',
    '300 start, missing',
    '20300 live',
    '20300 lost',
    '20400 start, lost',
    '21400 live',
    '21400 busy',
    '21600 start, busy',
    '21600 not-installed',
  ]);
});
