import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import pino from 'pino';
import { NM, NM_PATH } from '../network/networkmanager/manager.ts';
import { createNetworkManager } from '../network/networkmanager/networkmanager.ts';
import { networkContract } from './network-contract.ts';
import { type MockRadio, openMockRadio, whyNoMock } from './networkmanager/mock-radio.ts';
import { until } from './networkmanager/until.ts';

const quiet = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
const HOTSPOT = { ssid: 'Photomaton-4F2A', password: 'abdefghk34' };
const HALL = { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } as const;

async function open(t: TestContext) {
  const radio = await openMockRadio(t);
  return { radio, network: await start(t, radio) };
}

async function start(
  t: TestContext,
  { busAddress }: MockRadio,
  given: { dataDir?: string; log?: pino.Logger; patienceMs?: number; nudgeMs?: number } = {},
) {
  const { dataDir = await makeFolder(t), log = quiet, patienceMs = 5_000, nudgeMs = 300 } = given;
  const times = { patienceMs, tendMs: 100, nudgeMs };
  const network = createNetworkManager({ dataDir, busAddress, ...times, log });
  t.after(network.stop);
  await network.start();
  return network;
}

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-network-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const why = whyNoMock();
if (why !== undefined) {
  test('NetworkManager with a radio', (t) => t.skip(`NETWORKMANAGER WITH A RADIO WAS NOT TRIED: ${why}`));
} else {
  networkContract('NetworkManager', async (t) => {
    const { radio, network } = await open(t);
    return {
      network,
      restarted: () => start(t, radio),
      protectedNetwork: HALL,
      openNetwork: { kind: 'wifi', ssid: 'Mairie‑Public' },
      hiddenNetwork: { kind: 'wifi', ssid: 'Coulisses', password: 'rideau-rouge' },
    };
  });

  test('a radio that was switched off is switched on, and one that is blocked is waited for', async (t) => {
    const { radio, network } = await open(t);
    const set = (property: string, value: boolean) =>
      radio.tell('SetProperty', 'sssv', [NM_PATH, NM, property, ['b', value]]);
    await set('WirelessEnabled', false);
    await until(network, ({ trouble }) => trouble === 'radio-blocked');
    await until(network, ({ trouble }) => trouble === undefined);

    await set('WirelessHardwareEnabled', false);
    await until(network, ({ trouble }) => trouble === 'radio-blocked');
    await set('WirelessHardwareEnabled', true);
    await until(network, ({ trouble }) => trouble === undefined);
  });

  test('a network that NetworkManager has given up is looked for again, for as long as it takes', async (t) => {
    const { radio, network } = await open(t);
    assert.deepEqual(await network.join(HALL), { kind: 'joined' });
    for (let times = 0; times < 2; times += 1) {
      await radio.tell('Lose');
      await until(network, ({ reach }) => reach === 'none');
      await until(network, ({ reach }) => reach === 'online');
    }
  });

  test('at the start a known network is waited for, but not for ever', async (t) => {
    const { radio, network } = await open(t);
    assert.deepEqual(await network.join(HALL), { kind: 'joined' });
    await network.stop();
    await radio.tell('Lose');
    const late = await start(t, radio);
    assert.equal(late.state().reach, 'online', 'it came while the booth was waiting');
    await late.stop();
    await radio.tell('Lose');
    const { reach, knowsNetworks } = (await start(t, radio, { patienceMs: 200, nudgeMs: 60_000 })).state();
    assert.deepEqual({ reach, knowsNetworks }, { reach: 'none', knowsNetworks: true });
  });

  test('a wrong password is said to be one under WPA3 too, where NetworkManager does not say it', async (t) => {
    const { network } = await open(t);
    const wrong = { kind: 'wifi', ssid: 'Salle neuve', password: 'lavande2025' } as const;
    assert.deepEqual(await network.join(wrong), { kind: 'failed', reason: 'wrong-password' });
    assert.deepEqual(await network.join({ ...wrong, password: 'lavande2026' }), { kind: 'joined' });
  });

  test('a network that does not answer is tried three times', async (t) => {
    const { radio, network } = await open(t);
    await radio.tell('Miss', 'u', [2]);
    assert.deepEqual(await network.join(HALL), { kind: 'joined' });
    await radio.tell('Miss', 'u', [3]);
    assert.deepEqual(await network.join(HALL), { kind: 'failed', reason: 'no-answer' });
    assert.deepEqual(await network.join(HALL), { kind: 'joined' }, 'the fourth would have been answered');
  });

  test('networks that have worked stay, several of them, whatever fails later', async (t) => {
    const { network } = await open(t);
    const OPEN = { kind: 'wifi', ssid: 'Mairie‑Public' } as const;
    for (const request of [HALL, OPEN]) assert.deepEqual(await network.join(request), { kind: 'joined' });
    const wrong = { ...HALL, password: 'lavande2025' };
    assert.deepEqual(await network.join(wrong), { kind: 'failed', reason: 'wrong-password' });
    await network.forget(OPEN.ssid);
    assert.equal(network.state().knowsNetworks, true, 'the first one, with its good password');
    await network.forget(HALL.ssid);
    assert.equal(network.state().knowsNetworks, false);
  });

  test('the card is pulled: said, and with it the hotspot comes back', async (t) => {
    const { radio, network } = await open(t);
    await network.openHotspot(HOTSPOT);
    await radio.tell('PullOut');
    await until(network, ({ trouble, hotspotOpen }) => trouble === 'no-radio' && !hotspotOpen);
    assert.deepEqual(await network.join(HALL), { kind: 'failed', reason: 'not-found' });
    await network.openHotspot(HOTSPOT);
    await radio.tell('PlugIn');
    await until(network, ({ hotspotOpen }) => hotspotOpen);
  });

  test('phones in the hotspot are counted, while it is open', async (t) => {
    const iw = await fakeIw(t);
    const { network } = await open(t);
    await iw.stations(2);
    await network.openHotspot(HOTSPOT);
    await until(network, ({ phones }) => phones === 2);
    await iw.stations(0);
    await until(network, ({ phones }) => phones === 0);
    await iw.stations(1);
    await until(network, ({ phones }) => phones === 1);
    await network.closeHotspot();
    assert.equal(network.state().phones, 0);
  });

  test('the country is set, and set again after a restart', async (t) => {
    const iw = await fakeIw(t);
    const radio = await openMockRadio(t);
    const dataDir = await makeFolder(t);
    const first = await start(t, radio, { dataDir });
    assert.deepEqual(await iw.calls(), []);
    await first.setCountry('FR');
    assert.deepEqual(await iw.calls(), ['reg set FR']);
    await start(t, radio, { dataDir });
    assert.deepEqual(await iw.calls(), ['reg set FR', 'reg set FR']);
  });

  test('the booth stops at once, whatever it is waiting for', { timeout: 20_000 }, async (t) => {
    const { radio, network } = await open(t);
    await radio.tell('Freeze');
    const joining = network.join(HALL);
    const scanning = network.scan();
    await network.stop();
    assert.deepEqual(await joining, { kind: 'failed', reason: 'no-answer' });
    await scanning;
  });

  test('no log says a password', async (t) => {
    let logged = '';
    const write = (line: string) => {
      logged += line;
    };
    const log = pino({ level: 'trace' }, { write });
    const radio = await openMockRadio(t);
    const network = await start(t, radio, { log });
    await network.openHotspot(HOTSPOT);
    await network.join({ ...HALL, password: 'lavande2025' });
    await network.join(HALL);
    await network.stop();
    assert.match(logged, /"hotspotOpen":true/);
    for (const secret of [HOTSPOT.password, HALL.password, 'lavande2025']) {
      assert.ok(!logged.includes(secret), secret);
    }
  });
}

/** An `iw` before the real one in PATH: for machines without a radio. */
async function fakeIw(t: TestContext) {
  const folder = await makeFolder(t);
  const script = `#!/bin/sh\necho "$*" >>"$0.calls"\n[ "$1" = reg ] || cat "$0.stations"\n`;
  await writeFile(join(folder, 'iw'), script, { mode: 0o755 });
  await writeFile(join(folder, 'iw.calls'), '');
  const { PATH } = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  const stations = (count: number) =>
    writeFile(
      join(folder, 'iw.stations'),
      'Station 02:00:00:00:00:10 (on wlan0)\n\tsignal: -40\n'.repeat(count),
    );
  await stations(0);
  return {
    stations,
    calls: async () =>
      (await readFile(join(folder, 'iw.calls'), 'utf8')).split('\n').filter((line) => line !== ''),
  };
}
