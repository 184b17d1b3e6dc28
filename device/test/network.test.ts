import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { gateFetch } from '../network/gate.ts';
import { hotspotOf, wifiQrText } from '../network/hotspot.ts';
import { createSimulatedNetwork, type SimulatedNetwork } from '../network/simulated.ts';
import { networkContract } from './network-contract.ts';

async function open(t: TestContext): Promise<{ network: SimulatedNetwork; dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-network-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const network = createSimulatedNetwork({ dataDir, joinMs: 0 });
  t.after(() => network.stop());
  await network.start();
  return { network, dataDir };
}

networkContract('simulated', async (t) => {
  const { network, dataDir } = await open(t);
  await network.setReach('none');
  return {
    network,
    async restarted() {
      const again = createSimulatedNetwork({ dataDir, joinMs: 0 });
      t.after(() => again.stop());
      await again.start();
      return again;
    },
    protectedNetwork: { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' },
    openNetwork: { kind: 'wifi', ssid: 'Mairie‑Public' },
    hiddenNetwork: { kind: 'wifi', ssid: 'Coulisses', password: 'rideau-rouge' },
  };
});

test('the simulation begins online, and remembers the world it was given', async (t) => {
  const { network, dataDir } = await open(t);
  assert.equal(network.state().reach, 'online');
  await network.setReach('offline');
  const again = createSimulatedNetwork({ dataDir });
  await again.start();
  assert.equal(again.state().reach, 'offline');
});

test('offline cuts: no request begins, and one under way fails', { timeout: 10_000 }, async (t) => {
  const { network } = await open(t);
  const server = createServer((req, res) => {
    if (req.url === '/slow') res.writeHead(200).write('the beginning');
    else res.end('whole');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gated = gateFetch({ network, fetch });

  assert.equal(await (await gated(base)).text(), 'whole');
  const slow = await gated(`${base}/slow`);
  const body = assert.rejects(slow.text());
  await network.setReach('offline');
  await body;
  await assert.rejects(gated(base), { message: 'fetch failed' });
  await network.setReach('online');
  assert.equal(await (await gated(base)).text(), 'whole');
});

test('the hotspot has a name and a password of its own, the same for ever', () => {
  const identity = {
    booth: 'a1b2c3d4e5f6a1b2c3d44f2a',
    shareSecret: Buffer.alloc(32, 7).toString('base64url'),
  };
  const hotspot = hotspotOf(identity);
  assert.deepEqual(hotspotOf(identity), hotspot);
  assert.equal(hotspot.ssid, 'Photomaton-4F2A');
  assert.match(hotspot.password, /^[abdefghkmnprtwxy346789]{10}$/);
  const other = { ...identity, shareSecret: Buffer.alloc(32, 8).toString('base64url') };
  assert.notEqual(hotspotOf(other).password, hotspot.password);
});

test('the Wi-Fi QR code quotes what has a meaning in it', () => {
  const text = wifiQrText({ ssid: 'Chez "Léa"; bar, etc.', password: 'a\\b:c' });
  assert.equal(text, 'WIFI:T:WPA;S:Chez \\"Léa\\"\\; bar\\, etc.;P:a\\\\b\\:c;;');
});
