import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { pino } from 'pino';
import type { BoothState, Reach } from '../booth.ts';
import { createBoothShell } from '../booth-shell.ts';
import type { Network } from '../network/network.ts';
import { createSimulatedNetwork, type SimulatedNetwork } from '../network/simulated.ts';
import { createPairing } from '../pairing/client.ts';
import { openIdentity } from '../pairing/identity.ts';
import { makeDataDir } from './booth-process.ts';
import { seeded } from './seeded.ts';

const log = pino({ level: 'silent' });

/** A shell on real parts, and something in the portal's place that only listens and counts. */
async function open(
  t: TestContext,
  {
    bound = false,
    reach,
    portalAnswers = true,
    change = () => ({}),
  }: {
    bound?: boolean;
    reach?: Reach;
    portalAnswers?: boolean;
    /** What this network does otherwise than the simulated one. */
    change?(network: SimulatedNetwork): Partial<Network>;
  } = {},
) {
  const connections = new Set<Socket>();
  const portal = createServer((socket) => {
    connections.add(socket.resume());
    socket.on('close', () => connections.delete(socket)).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(portal, 'listening');
  t.after(() => {
    for (const socket of connections) socket.destroy();
    portal.close();
  });
  const { port } = portal.address() as { port: number };
  const dataDir = await makeDataDir(t);
  const identity = await openIdentity(dataDir);
  const simulated = createSimulatedNetwork({ dataDir, joinMs: 0 });
  await simulated.start();
  if (reach) await simulated.setReach(reach);
  const network = { ...simulated, ...change(simulated) };
  const calls: string[] = [];
  const time = createTime();
  const shell = createBoothShell({
    bound,
    network,
    hotspot: { ssid: 'Photomaton-4F2A', password: '8e8gmrtkp6' },
    portalAnswers: async () => {
      calls.push('portal');
      return portalAnswers;
    },
    sleep: time.sleep,
    openPairing: (on) => createPairing({ portalUrl: `http://127.0.0.1:${port}`, identity, log, ...on }),
    wakeSync: () => calls.push('sync'),
    restart: () => calls.push('restart'),
    log,
  });
  t.after(async () => {
    await shell.stop();
    await network.stop();
  });
  return { shell, network, connections, calls, time };
}

/** A clock that the test moves. */
function createTime() {
  let now = 0;
  const waiting = new Set<{ at: number; wake(): void }>();
  return {
    sleep: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal.throwIfAborted();
        const one = { at: now + ms, wake: resolve };
        waiting.add(one);
        signal.addEventListener('abort', () => {
          waiting.delete(one);
          reject(signal.reason);
        });
      }),
    pass(ms: number) {
      now += ms;
      for (const one of waiting) {
        if (one.at > now) continue;
        waiting.delete(one);
        one.wake();
      }
    },
    /** Is somebody waiting for that long? */
    isAwaited: (ms: number) => [...waiting].some(({ at }) => at - now === ms),
  };
}

const MINUTE = 60_000;
const right = { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } as const;
const attempt = { kind: 'wifi', ssid: right.ssid } as const;
const place = (state: BoothState) => (state.kind === 'hotspot' ? state.hotspot : state.kind);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('an unbound booth that is online speaks with the portal; offline cuts that really', async (t) => {
  const { shell, network, connections } = await open(t);
  shell.start();
  await until(() => shell.state().kind === 'pairing');
  await until(() => connections.size === 1);
  await network.setReach('offline');
  assert.equal(shell.pairing(), undefined);
  await until(() => connections.size === 0);
  await network.setReach('online');
  await until(() => connections.size === 1);
});

test('going on without pairing ends the conversation; asking for it begins another', async (t) => {
  const { shell, connections } = await open(t);
  shell.start();
  await until(() => connections.size === 1);
  assert.equal(shell.tell({ type: 'skip' }), true);
  await until(() => connections.size === 0);
  assert.equal(shell.tell({ type: 'skip' }), false, 'a second tap means nothing');
  shell.tell({ type: 'pair' });
  await until(() => connections.size === 1);
});

test('from the hotspot into a network: a failure comes back with its reason, a success restarts', async (t) => {
  const { shell, network, calls, time } = await open(t, { reach: 'none' });
  shell.start();
  await until(() => network.state().hotspotOpen);
  shell.tell({ type: 'join', request: { ...right, password: 'lavande2025' } });
  assert.equal(shell.state().kind, 'joining');
  await until(() => shell.state().kind === 'hotspot' && network.state().hotspotOpen);
  assert.deepEqual(shell.state(), {
    ...{ kind: 'hotspot', bound: false, session: false, hotspot: 'open' },
    failure: { attempt, reason: 'wrong-password' },
  });
  shell.tell({ type: 'join', request: right });
  const steps = new Set<string>();
  shell.onChange(() => {
    const state = shell.state();
    if (state.kind === 'joining') steps.add(state.step);
  });
  await until(() => shell.state().kind === 'restarting');
  assert.deepEqual([...steps], ['address', 'internet', 'portal']);
  await until(() => time.isAwaited(2_000));
  assert.deepEqual(calls, ['portal'], 'it can be read that all is well');
  time.pass(2_000);
  await until(() => calls.includes('restart'));
});

for (const [reach, reason] of [
  ['captive', 'captive'],
  ['offline', 'no-internet'],
] as const) {
  test(`a network that was joined and is ${reach} is told to be so, and the hotspot is back`, async (t) => {
    const { shell, network } = await open(t, {
      reach: 'none',
      change: (simulated) => ({
        async join(request, onStep) {
          const outcome = await simulated.join(request, onStep);
          await simulated.setReach(reach);
          return outcome;
        },
      }),
    });
    shell.start();
    await until(() => network.state().hotspotOpen);
    shell.tell({ type: 'join', request: right });
    await until(() => place(shell.state()) === 'open' && network.state().hotspotOpen);
    const state = shell.state();
    assert.deepEqual('failure' in state && state.failure, { attempt, reason });
  });
}

test('a portal that does not answer is asked three times, then the hotspot says so', async (t) => {
  const { shell, network, calls, time } = await open(t, { reach: 'none', portalAnswers: false });
  shell.start();
  await until(() => network.state().hotspotOpen);
  shell.tell({ type: 'join', request: right });
  for (let tries = 1; tries < 3; tries++) {
    await until(() => time.isAwaited(2_000));
    time.pass(2_000);
  }
  await until(() => place(shell.state()) === 'open' && network.state().hotspotOpen);
  assert.deepEqual(calls, ['portal', 'portal', 'portal']);
  const state = shell.state();
  assert.deepEqual('failure' in state && state.failure, { attempt, reason: 'no-portal' });
});

test('a network part that throws, or never answers, is a failure like another', async (t) => {
  let joins = 0;
  const { shell, network, time } = await open(t, {
    reach: 'none',
    change: () => ({
      join: () => (++joins === 1 ? Promise.reject(new Error('dbus went away')) : new Promise(() => {})),
    }),
  });
  shell.start();
  for (const _ of ['throws', 'hangs']) {
    await until(() => place(shell.state()) === 'open' && network.state().hotspotOpen);
    shell.tell({ type: 'join', request: right });
    assert.equal(shell.state().kind, 'joining');
    if (joins === 1) {
      await until(() => joins === 2);
      time.pass(4 * MINUTE);
    }
  }
  await until(() => place(shell.state()) === 'open');
});

test('the hotspot gives way to known networks when nobody is in it, and comes back', async (t) => {
  let phones = 1;
  const { shell, network, time } = await open(t, {
    bound: true,
    reach: 'none',
    change: (simulated) => ({ state: () => ({ ...simulated.state(), phones, knowsNetworks: true }) }),
  });
  shell.start();
  await until(() => network.state().hotspotOpen);
  time.pass(5 * MINUTE);
  await until(() => time.isAwaited(5 * MINUTE));
  assert.equal(place(shell.state()), 'open', 'somebody is in it');
  phones = 0;
  time.pass(5 * MINUTE);
  await until(() => place(shell.state()) === 'giving-way' && !network.state().hotspotOpen);
  time.pass(MINUTE);
  await until(() => place(shell.state()) === 'open' && network.state().hotspotOpen);
  time.pass(5 * MINUTE);
  await until(() => place(shell.state()) === 'giving-way');
  await network.setReach('online');
  await until(() => shell.state().kind === 'ready');
});

test('a booth that knows no network keeps its hotspot', async (t) => {
  const { shell, network, time } = await open(t, { reach: 'none' });
  shell.start();
  await until(() => network.state().hotspotOpen);
  time.pass(5 * MINUTE);
  await until(() => time.isAwaited(5 * MINUTE));
  assert.equal(place(shell.state()), 'open');
});

test('no hotspot opens under a guest; a page that died is not a guest for ever', async (t) => {
  const { shell, network, time } = await open(t, { reach: 'none' });
  shell.tell({ type: 'session', runs: true });
  shell.start();
  await until(() => place(shell.state()) === 'held');
  time.pass(30_000);
  shell.tell({ type: 'session', runs: true });
  time.pass(30_000);
  await until(() => time.isAwaited(15_000));
  assert.equal(network.state().hotspotOpen, false);
  time.pass(15_000);
  await until(() => place(shell.state()) === 'open' && network.state().hotspotOpen);
});

test('a hotspot that cannot open is tried again; one that goes away by itself is opened again', async (t) => {
  let fails = 2;
  const { shell, network, time } = await open(t, {
    reach: 'none',
    change: (simulated) => ({
      openHotspot: (hotspot) =>
        fails-- > 0 ? Promise.reject(new Error('no radio')) : simulated.openHotspot(hotspot),
    }),
  });
  shell.start();
  for (let tries = 0; tries < 2; tries++) {
    await until(() => time.isAwaited(5_000));
    time.pass(5_000);
  }
  await until(() => network.state().hotspotOpen);
  await network.closeHotspot();
  await until(() => network.state().hotspotOpen);
});

test('from the menu, with a network: the hotspot is there until somebody goes on without', async (t) => {
  const { shell, network } = await open(t, { bound: true });
  shell.start();
  await until(() => shell.state().kind === 'ready');
  shell.tell({ type: 'setup' });
  await until(() => network.state().hotspotOpen);
  shell.tell({ type: 'skip' });
  await until(() => !network.state().hotspotOpen);
  assert.equal(shell.state().kind, 'ready');
});

test('whatever is told in whatever order, the booth and its network agree in the end', async (t) => {
  const random = seeded(42);
  const { shell, network, time } = await open(t, { bound: true });
  shell.start();
  await until(() => shell.state().kind === 'ready');
  const doings: (() => unknown)[] = [
    () => shell.tell({ type: 'setup' }),
    () => shell.tell({ type: 'skip' }),
    () => shell.tell({ type: 'search' }),
    () => shell.tell({ type: 'join', request: { ...right, password: 'wrong password' } }),
    () => shell.tell({ type: 'session', runs: true }),
    () => shell.tell({ type: 'session', runs: false }),
    () => network.setReach('none'),
    () => network.setReach('offline'),
    () => network.setReach('online'),
    () => time.pass(MINUTE),
    () => time.pass(5 * MINUTE),
    () => new Promise(setImmediate),
  ];
  for (let n = 0; n < 500; n++) await doings[Math.floor(random() * doings.length)]?.();
  shell.tell({ type: 'session', runs: false });
  await until(() => {
    time.pass(MINUTE);
    const state = shell.state();
    if (state.kind === 'hotspot') return state.hotspot === 'open' && network.state().hotspotOpen;
    return state.kind === 'ready' && !network.state().hotspotOpen && state.reach === network.state().reach;
  });
});
