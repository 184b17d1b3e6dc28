import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import pino from 'pino';
import { createNetworkManager } from '../network/networkmanager/networkmanager.ts';
import { inRealBooth, type RealBooth } from './networkmanager/real-booth.ts';
import { until } from './networkmanager/until.ts';
import { openVenue } from './networkmanager/venue.ts';

/** A phone at the USB socket that shares its internet, as Android does. */
function tether(booth: RealBooth) {
  const ip = (command: string, where?: 'venue') => {
    const { code, stderr } = booth.run(['ip', ...command.split(' ')], where);
    assert.equal(code, 0, `ip ${command}: ${stderr}`);
  };
  return {
    plug() {
      ip('link add usb0 type veth peer name tether netns venue');
      ip('addr add 192.168.42.129/24 dev tether', 'venue');
      ip('link set tether up', 'venue');
    },
    pull: () => ip('link del usb0'),
  };
}

await inRealBooth(import.meta.url, async (booth) => {
  await booth.startNetworkManager();
  const venue = await openVenue(booth);
  const phone = tether(booth);

  test('a phone at the USB socket: plugged in, the booth is online; pulled out, it is not; a cable goes before it', {
    timeout: 120_000,
  }, async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'photomaton-network-'));
    const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
    const network = createNetworkManager({ dataDir, patienceMs: 20_000, tendMs: 200, log });
    t.after(async () => {
      await network.stop();
      await rm(dataDir, { recursive: true });
    });
    await network.start();
    assert.equal(network.state().reach, 'none');

    const ways = () => booth.run(['ip', '-o', 'route', 'show', 'default']).stdout;
    phone.plug();
    const { via, knowsNetworks, hotspotOpen } = await until(network, ({ reach }) => reach === 'online');
    assert.deepEqual(
      { via, knowsNetworks, hotspotOpen },
      { via: 'phone', knowsNetworks: false, hotspotOpen: false },
    );
    assert.match(ways(), /^default via 192\.168\.42\.129 dev usb0 /);

    await venue.plug();
    assert.deepEqual(await network.join({ kind: 'cable' }), { kind: 'joined' });
    assert.equal(network.state().via, 'cable');
    venue.pull();
    await until(network, (state) => state.via === 'phone' && state.reach === 'online');

    phone.pull();
    await until(network, ({ reach }) => reach === 'none');
    assert.equal(ways(), '');
    phone.plug();
    await until(network, ({ reach }) => reach === 'online');
  });
});
