import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boothDatabase, type StatusDoc } from '@photomaton/design-docs/docs';
import express from 'express';
import { cameraHealthApi, createCameraHealth } from '../camera/daemon/health.ts';
import { createSupervisor } from '../camera/daemon/supervisor.ts';
import { listen } from '../kiosk/server.ts';
import { quiet } from './context.ts';
import { makeSite, startServer } from './site.ts';
import { openBooth } from './syncing-booth.ts';

const START = new Date('2026-07-14T12:00:00.000Z');

function healthOnAClock() {
  let ms = START.getTime();
  const health = createCameraHealth({ now: () => new Date(ms) });
  return {
    health,
    later: (seconds: number) => {
      ms += seconds * 1000;
    },
  };
}

test('a camera that gives no picture for a minute is a failure since it began, until there are pictures', () => {
  const { health, later } = healthOnAClock();
  assert.equal(health.failure(), undefined, 'not heard of');
  health.tell('missing');
  later(59);
  assert.equal(health.failure(), undefined, 'it may come back');
  health.tell('starting');
  health.tell('lost');
  later(1);
  assert.deepEqual(health.failure(), { problem: 'lost', since: START.toISOString() });
  health.tell('live');
  assert.equal(health.failure(), undefined);
  later(600);
  health.tell('missing');
  assert.equal(health.failure(), undefined, 'another failure has a minute of its own');
});

test('the page and the supervisor of a camera say how it is', async (t) => {
  const told: string[] = [];
  const server = await listen(
    express().use(cameraHealthApi({ health: { tell: (state) => told.push(state) } })),
    0,
  );
  t.after(server.stop);
  const say = async (state: string) =>
    (await fetch(`${server.url}/api/camera/is/${state}`, { method: 'POST' })).status;
  assert.deepEqual([await say('refused'), await say('live'), await say('nonsense')], [204, 204, 409]);

  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const supervisor = createSupervisor({
    async run(live) {
      live();
      return { ending: 'busy', said: '' };
    },
    async sleep(_ms, signal) {
      ended();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    onState: (state) => told.push(state),
    log: quiet,
  });
  supervisor.start();
  await end;
  await supervisor.stop();
  assert.deepEqual(told, ['refused', 'live', 'live', 'busy']);
});

test('the portal hears of it with the next cycle, and when it is over', async (t) => {
  const site = await makeSite(t, await startServer(t));
  const { health, later } = healthOnAClock();
  const booth = await openBooth(t, site, { camera: health.failure });
  const said = async () => {
    await booth.sync.cycle();
    return (await site.couch.get<StatusDoc>(boothDatabase(site.booth), 'status'))?.camera;
  };
  assert.equal(await said(), undefined);
  health.tell('missing');
  later(60);
  assert.deepEqual(await said(), { problem: 'missing', since: START.toISOString() });
  health.tell('live');
  assert.equal(await said(), undefined);
});
