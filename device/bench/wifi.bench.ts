/**
 * npm run bench -- wifi: what the booth adds to what NetworkManager takes, when it opens its hotspot and when it joins
 * a network. NetworkManager is one that plays a radio (test/networkmanager/radio.py), with the real nmcli: so its own
 * part is short, the same each time, and measured beside, by asking it directly. Ours ends when the kiosk page, in a
 * real browser, shows it.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printFigure } from '@photomaton/design-docs/figure';
import { launchChromium } from '@photomaton/design-docs/launch-chromium';
import { isAsked, measure, quantile, timed } from '@photomaton/design-docs/measuring';
import pino from 'pino';
import type { BoothScreen } from '../kiosk/state.ts';
import { type Manager, NM_PATH, openManager } from '../network/networkmanager/manager.ts';
import { createNetworkManager } from '../network/networkmanager/networkmanager.ts';
import { HOTSPOT_UUID, hotspotProfile, profileOf } from '../network/networkmanager/profiles.ts';
import { ACTIVE, activeOf, wifiDevice } from '../network/networkmanager/world.ts';
import { openMockRadio, whyNoMock } from '../test/networkmanager/mock-radio.ts';
import { until } from '../test/networkmanager/until.ts';
import { startShownKiosk } from '../test/shown-kiosk.ts';

const ROUNDS = 15;
const HOTSPOT = { ssid: 'Photomaton-4F2A', password: 'abdefghk34' };
const HOTSPOT_SCREEN: BoothScreen = {
  kind: 'hotspot',
  ...{ ...HOTSPOT, is: 'open', phones: 0 },
  ...{ address: 'http://10.42.0.1', qr: 'WIFI:T:WPA;S:Photomaton-4F2A;P:abdefghk34;;' },
};
const HALL = { kind: 'wifi', ssid: 'Salle des fêtes', password: 'lavande2026' } as const;

await measure(['wifi.hotspot.overhead_s', 'wifi.join.overhead_s'], async () => {
  const why = whyNoMock();
  if (why !== undefined) throw new Error(why);
  const ends: (() => unknown)[] = [];
  const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  try {
    const { busAddress } = await openMockRadio({ after: (end) => void ends.push(end as () => unknown) });
    const network = createNetworkManager({ dataDir, busAddress, log: pino({ level: 'silent' }) });
    ends.push(network.stop);
    await network.start();
    const manager = await openManager({ busAddress });
    ends.push(manager.close);
    const t = { after: (end: unknown) => void ends.push(end as () => unknown) };
    const kiosk = await startShownKiosk(t);
    const browser = await launchChromium();
    ends.push(() => browser.close());
    const page = await browser.newPage();
    await page.goto(kiosk.url);
    const shown = (name: string) => page.locator(`[data-screen="${name}"]`).waitFor();
    const showsLive = async () => {
      kiosk.show({});
      await shown('attract');
    };

    const times = {
      hotspot: [] as number[],
      itsHotspot: [] as number[],
      join: [] as number[],
      itsJoin: [] as number[],
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      await showsLive();
      const open = async () => {
        await network.openHotspot(HOTSPOT);
        kiosk.show({ screen: HOTSPOT_SCREEN });
        await shown('hotspot');
      };
      times.hotspot.push(await timed(open));
      await network.closeHotspot();
      times.itsHotspot.push(await timed(() => openDirectly(manager)));
      await until(network, ({ hotspotOpen }) => hotspotOpen);
      await network.closeHotspot();
      await showsLive();
      const join = async () => {
        await network.join(HALL);
        kiosk.show({ screen: { kind: 'restarting', joined: { network: HALL.ssid } } });
        await shown('message');
      };
      times.join.push(await timed(join));
      await network.forget(HALL.ssid);
      times.itsJoin.push(await timed(() => joinDirectly(manager)));
      await until(network, ({ reach }) => reach === 'online');
      await network.forget(HALL.ssid);
    }
    const overhead = (ours: number[], its: number[]) => (quantile(0.5, ours) - quantile(0.5, its)) / 1_000;
    const print = (name: string, value: number) => {
      if (isAsked(name)) printFigure({ name, value, unit: 's', goal: '<=2' });
    };
    print('wifi.hotspot.overhead_s', overhead(times.hotspot, times.itsHotspot));
    print('wifi.join.overhead_s', overhead(times.join, times.itsJoin));
  } finally {
    for (const end of ends.reverse()) await end();
    await rm(dataDir, { recursive: true });
  }
});

async function openDirectly(manager: Manager): Promise<void> {
  const device = wifiDevice(manager.objects());
  const profile = await manager.call<string>({
    ...{ path: `${NM_PATH}/Settings`, interface: '.Settings', member: 'AddConnectionUnsaved' },
    ...{ signature: 'a{sa{sv}}', body: [hotspotProfile({ ...HOTSPOT, device: 'wlan0' })] },
  });
  await manager.call({
    ...{ path: NM_PATH, interface: '', member: 'ActivateConnection' },
    ...{ signature: 'ooo', body: [profile, device?.path, '/'] },
  });
  await isActive(manager, HOTSPOT_UUID);
}

async function joinDirectly(manager: Manager): Promise<void> {
  const device = wifiDevice(manager.objects());
  const uuid = randomUUID();
  await manager.call({
    ...{ path: NM_PATH, interface: '', member: 'AddAndActivateConnection2' },
    signature: 'a{sa{sv}}ooa{sv}',
    body: [profileOf(HALL, { uuid }), device?.path, '/', { persist: 'memory' }],
  });
  await isActive(manager, uuid);
  await manager.call({ path: NM_PATH, interface: '', member: 'CheckConnectivity' });
}

function isActive(manager: Manager, uuid: string): Promise<void> {
  const isSo = () => activeOf(manager.objects(), uuid)?.State === ACTIVE.activated;
  return isSo() ? Promise.resolve() : changeOf(manager, isSo);
}

/** Resolves when the value is another one. */
function changeOf(manager: Manager, read: () => unknown): Promise<void> {
  const before = read();
  return new Promise((resolve) => {
    const stop = manager.onChange(() => {
      if (read() === before) return;
      stop();
      resolve();
    });
  });
}
