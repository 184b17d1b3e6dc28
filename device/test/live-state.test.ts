import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import express from 'express';
import { createLiveState } from '../kiosk/live-state.ts';
import type { KioskState } from '../kiosk/state.ts';
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

test('stopped while it looks: pages that were there end and are told no more, and so does one that comes', {
  timeout: 30_000,
}, async (t) => {
  const looks: ((state: KioskState) => void)[] = [];
  const live = createLiveState({ read: () => new Promise((resolve) => looks.push(resolve)), log: quiet });
  const asked = async () => {
    while (looks.length === 0) await new Promise((resolve) => setImmediate(resolve));
    return looks.shift() ?? assert.fail();
  };
  const server = express().get('/', live.stream).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const open = () => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const opening = open();
  (await asked())(READY);
  const page = await opening;

  live.refresh();
  const look = await asked();
  const late = open();
  const lookLate = await asked();
  live.stop();
  look({ ...READY, full: true });
  lookLate(READY);
  const heard = [await page.text(), await (await late).text()];
  for (const text of heard) assert.equal(text.match(/^data:/gm)?.length, 1);
  assert.doesNotMatch(heard.join(), /"full":true/);
});
