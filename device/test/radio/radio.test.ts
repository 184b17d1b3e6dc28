import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import pino from 'pino';
import type { JoinRequest } from '../../booth.ts';
import type { Network } from '../../network/network.ts';
import { createNetworkManager } from '../../network/networkmanager/networkmanager.ts';
import { networkContract } from '../network-contract.ts';
import { until } from '../networkmanager/until.ts';
import { openVenue } from '../networkmanager/venue.ts';
import { inRadioBooth } from './in-radio-booth.ts';

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
const HOTSPOT = { ssid: 'Photomaton-4F2A', password: 'abdefghk34' };

/** What radios.sh has on air, and what opens it. */
const wifi = (ssid: string, password?: string) =>
  ({ kind: 'wifi', ssid, ...(password !== undefined && { password }) }) as const;
const HALL = { ...wifi('Salle des fêtes'), password: 'lavande2026' };
const COMPANY = { ...wifi('Entreprise', 'Zitrone 9!'), identity: 'camille' };
const ON_AIR: [what: string, request: JoinRequest][] = [
  ['WPA2', HALL],
  ['WPA3', wifi('WPA3 only', 'lavande2026')],
  ['WPA2 and WPA3', wifi('WPA2 & WPA3', 'lavande2026')],
  ['a name that is no text', { ...wifi('', 'lavande2026'), bytes: '271f26ff00f09f8e89' }],
  ['a company’s (PEAP)', COMPANY],
];
const WRONG: [what: string, request: JoinRequest][] = [
  ['WPA2', wifi('Salle des fêtes', 'lavande2025')],
  ['WPA3', wifi('WPA3 only', 'lavande2025')],
  ['WPA2 and WPA3', wifi('WPA2 & WPA3', 'lavande2025')],
  ['a company’s (PEAP)', { ...COMPANY, password: 'Zitrone 8!' }],
];

await inRadioBooth(import.meta.url, async (booth) => {
  await booth.startNetworkManager();
  await openVenue(booth);

  async function start(t: TestContext): Promise<Network> {
    const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-network-'));
    const network = createNetworkManager({ dataDir, patienceMs: 60_000, tendMs: 1_000, log });
    t.after(async () => {
      await network.stop();
      await rm(dataDir, { recursive: true });
    });
    await network.start();
    return network;
  }

  /** A booth that knows no network. */
  async function open(t: TestContext): Promise<Network> {
    for (const uuid of booth.run(['nmcli', '-g', 'UUID', 'connection', 'show']).stdout.split('\n')) {
      if (uuid !== '') booth.run(['nmcli', 'connection', 'delete', uuid]);
    }
    return start(t);
  }

  networkContract('on air', async (t) => ({
    network: await open(t),
    restarted: () => start(t),
    protectedNetwork: HALL,
    openNetwork: wifi('Mairie‑Public'),
    hiddenNetwork: { ...wifi('Coulisses'), password: 'lavande2026' },
  }));

  for (const [what, request] of ON_AIR) {
    test(`on air: joins ${what}`, async (t) => {
      const network = await open(t);
      await network.scan();
      assert.deepEqual(await network.join(request), { kind: 'joined' });
      assert.equal(network.state().reach, 'online');
    });
  }

  for (const [what, request] of WRONG) {
    test(`on air: a wrong password is said to be one, ${what}`, async (t) => {
      const network = await open(t);
      await network.scan();
      assert.deepEqual(await network.join(request), { kind: 'failed', reason: 'wrong-password' });
    });
  }

  test('on air: a network that gives no address', async (t) => {
    const network = await open(t);
    await network.scan();
    const outcome = await network.join(wifi('Sans adresse', 'lavande2026'));
    assert.deepEqual(outcome, { kind: 'failed', reason: 'no-address' });
  });

  test('on air: a phone joins the hotspot by its password, and is counted', async (t) => {
    const network = await open(t);
    await network.openHotspot(HOTSPOT);
    assert.equal(network.state().hotspotOpen, true);
    const conf = join(booth.folder, 'phone.conf');
    const given = `network={\nssid="${HOTSPOT.ssid}"\npsk="${HOTSPOT.password}"\nkey_mgmt=WPA-PSK\n}\n`;
    await writeFile(conf, `ctrl_interface=/run/phone\n${given}`);
    booth.run(['wpa_supplicant', '-B', '-i', 'wlan2', '-c', conf], 'phone');
    await until(network, ({ phones }) => phones === 1, 60_000);
    const lease = ['busybox', 'udhcpc', '-i', 'wlan2', '-n', '-q', '-f', '-s', '/bin/true'];
    assert.match(booth.run(lease, 'phone').stderr, /lease of 10\.42\.0\.\d+ obtained from 10\.42\.0\.1/);
    booth.run(['wpa_cli', '-p', '/run/phone', 'terminate'], 'phone');
    await until(network, ({ phones }) => phones === 0, 60_000);
  });
});
