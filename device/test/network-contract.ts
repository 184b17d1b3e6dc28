import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinRequest, JoinStep } from '../booth.ts';
import { MAX_NETWORKS, type Network } from '../network/network.ts';

type Wifi = Extract<JoinRequest, { kind: 'wifi' }>;

/** A place to run the contract in: a network part that knows no network, and three that are there. */
export interface Venue {
  network: Network;
  /** Starts another network part on the same memory, as after a restart of the booth. */
  restarted(): Promise<Network>;
  protectedNetwork: Wifi & { password: string };
  openNetwork: Wifi;
  hiddenNetwork: Wifi & { password: string };
}

const HOTSPOT = { ssid: 'Photomaton-4F2A', password: 'abdefghk34' };

/** What every network part must do, whatever carries it. `open` gives a fresh venue and cleans it up. */
export function networkContract(name: string, open: (t: test.TestContext) => Promise<Venue>): void {
  test(`${name}: lists what is in sight, strongest first, each once, no hidden one`, async (t) => {
    const { network, protectedNetwork, openNetwork, hiddenNetwork } = await open(t);
    for (const seen of [await network.scan(), await network.rescan()]) {
      const names = seen.map(({ ssid }) => ssid);
      assert.ok(seen.length <= MAX_NETWORKS);
      assert.equal(new Set(names).size, names.length);
      assert.deepEqual(
        seen.map(({ strength }) => strength),
        seen.map(({ strength }) => strength).sort((a, b) => b - a),
      );
      assert.equal(seen.find(({ ssid }) => ssid === protectedNetwork.ssid)?.secured, true);
      assert.equal(seen.find(({ ssid }) => ssid === openNetwork.ssid)?.secured, false);
      assert.ok(!names.includes(hiddenNetwork.ssid));
    }
  });

  test(`${name}: opens and closes the hotspot`, async (t) => {
    const { network } = await open(t);
    await network.openHotspot(HOTSPOT);
    assert.deepEqual(network.state(), {
      reach: 'none',
      hotspotOpen: true,
      phones: 0,
      knowsNetworks: false,
    });
    assert.ok((await network.scan()).length > 0, 'the list stays while the hotspot is open');
    await network.openHotspot(HOTSPOT);
    assert.equal(network.state().hotspotOpen, true, 'opening it again changes nothing');
    await network.closeHotspot();
    assert.equal(network.state().hotspotOpen, false);
  });

  test(`${name}: looks again with the hotspot open, which is open again afterwards`, async (t) => {
    const { network } = await open(t);
    await network.openHotspot(HOTSPOT);
    const blinks: boolean[] = [];
    network.onChange(() => blinks.push(network.state().hotspotOpen));
    assert.ok((await network.rescan()).length > 0);
    assert.ok(blinks.includes(false), 'one radio cannot do both');
    assert.equal(network.state().hotspotOpen, true);
  });

  test(`${name}: joins a protected network, closes the hotspot, tells it, and remembers it`, async (t) => {
    const { network, restarted, protectedNetwork } = await open(t);
    await network.openHotspot(HOTSPOT);
    let told = 0;
    const unsubscribe = network.onChange(() => {
      told += 1;
    });
    const steps: JoinStep[] = [];
    assert.deepEqual(await network.join(protectedNetwork, (step) => steps.push(step)), { kind: 'joined' });
    assert.deepEqual(steps, ['associating', 'address', 'internet']);
    assert.ok(told > 0);
    unsubscribe();
    const expected = {
      reach: 'online',
      ssid: protectedNetwork.ssid,
      via: 'wifi',
      hotspotOpen: false,
      phones: 0,
      knowsNetworks: true,
    };
    assert.deepEqual(network.state(), expected);
    await network.stop();
    assert.deepEqual((await restarted()).state(), expected);
  });

  test(`${name}: a wrong password is said to be one, and nothing is remembered`, async (t) => {
    const { network, restarted, protectedNetwork } = await open(t);
    const wrong = { ...protectedNetwork, password: `${protectedNetwork.password}x` };
    assert.deepEqual(await network.join(wrong), { kind: 'failed', reason: 'wrong-password' });
    assert.equal(network.state().reach, 'none');
    assert.equal(network.state().knowsNetworks, false);
    await network.stop();
    assert.equal((await restarted()).state().knowsNetworks, false);
  });

  test(`${name}: joins an open network without a password, and forgets it when asked to`, async (t) => {
    const { network, openNetwork } = await open(t);
    assert.deepEqual(await network.join(openNetwork), { kind: 'joined' });
    assert.equal(network.state().knowsNetworks, true);
    await network.forget(openNetwork.ssid);
    assert.equal(network.state().knowsNetworks, false);
    assert.equal(network.state().reach, 'none');
  });

  test(`${name}: finds a hidden network only when told that it is hidden`, async (t) => {
    const { network, hiddenNetwork } = await open(t);
    assert.deepEqual(await network.join(hiddenNetwork), { kind: 'failed', reason: 'not-found' });
    assert.deepEqual(await network.join({ ...hiddenNetwork, hidden: true }), { kind: 'joined' });
  });

  test(`${name}: a network that is not there is not found`, async (t) => {
    const { network } = await open(t);
    const request: JoinRequest = { kind: 'wifi', ssid: 'Nulle part', password: 'peu importe' };
    assert.deepEqual(await network.join(request), { kind: 'failed', reason: 'not-found' });
  });
}
