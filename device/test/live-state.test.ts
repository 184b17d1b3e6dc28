import assert from 'node:assert/strict';
import test from 'node:test';
import { createLiveState } from '../kiosk/live-state.ts';
import { quiet } from './context.ts';
import { READY } from './shown-kiosk.ts';

test('what changes often is looked at once a second, what matters at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let reads = 0;
  const live = createLiveState({
    read: async () => {
      reads += 1;
      return READY;
    },
    log: quiet,
  });
  const done = () => new Promise((resolve) => setImmediate(resolve));
  for (let ms = 0; ms < 5_000; ms += 10) {
    live.refreshSoon();
    t.mock.timers.tick(10);
    await done();
  }
  assert.equal(reads, 5);
  live.refresh();
  await done();
  assert.equal(reads, 6);

  live.refreshSoon();
  live.stop();
  t.mock.timers.tick(10_000);
  await done();
  assert.equal(reads, 6, 'nothing is looked at any more');
});
