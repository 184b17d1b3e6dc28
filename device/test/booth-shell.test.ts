import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { pino } from 'pino';
import { createBoothShell } from '../booth-shell.ts';
import { createSimulatedNetwork } from '../network/simulated.ts';
import { createPairing } from '../pairing/client.ts';
import { openIdentity } from '../pairing/identity.ts';
import { makeDataDir } from './booth-process.ts';

const log = pino({ level: 'silent' });

/** A shell on real parts, and something in the portal's place that only listens and counts. */
async function open(t: TestContext) {
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
  const network = createSimulatedNetwork({ dataDir, joinMs: 0 });
  await network.start();
  const calls: string[] = [];
  const shell = createBoothShell({
    bound: false,
    network,
    hotspot: { ssid: 'Photomaton-4F2A', password: 'abdefghk34' },
    openPairing: (on) => createPairing({ portalUrl: `http://127.0.0.1:${port}`, identity, log, ...on }),
    wakeSync: () => calls.push('sync'),
    restart: () => calls.push('restart'),
    log,
  });
  t.after(async () => {
    await shell.stop();
    await network.stop();
  });
  return { shell, network, connections, calls };
}

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
  assert.deepEqual(shell.state(), { kind: 'pairing', bound: false, reach: 'online' });
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
  const { shell, network, calls } = await open(t);
  await network.setReach('none');
  shell.start();
  await until(() => network.state().hotspotOpen);
  shell.tell({ type: 'join', request: { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2025' } });
  assert.equal(shell.state().kind, 'joining');
  await until(() => shell.state().kind === 'hotspot' && network.state().hotspotOpen);
  assert.deepEqual(shell.state(), {
    kind: 'hotspot',
    bound: false,
    failure: { ssid: 'Salle des fêtes', reason: 'wrong-password' },
  });
  shell.tell({ type: 'join', request: { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } });
  await until(() => shell.state().kind === 'restarting');
  assert.deepEqual(calls, ['restart']);
});
