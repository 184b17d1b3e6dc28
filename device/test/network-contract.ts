import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_NETWORKS, type Network } from '../network/network.ts';

/** A place to run the contract in: a network part that knows no network, and three that are there. */
export interface Venue {
  network: Network;
  /** Starts another network part on the same memory, as after a restart of the booth. */
  restarted(): Promise<Network>;
  protectedNetwork: { ssid: string; password: string };
  openNetwork: { ssid: string };
  hiddenNetwork: { ssid: string; password: string };
}

const HOTSPOT = { ssid: 'Photomaton-4F2A', password: '8e8gmrtkp6' };

/** What every network part must do, whatever carries it. `open` gives a fresh venue and cleans it up. */
export function networkContract(name: string, open: (t: test.TestContext) => Promise<Venue>): void {
  test(`${name}: lists what is in sight, strongest first, each once, no hidden one`, async (t) => {
    const { network, protectedNetwork, openNetwork, hiddenNetwork } = await open(t);
    const seen = await network.scan();
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
  });

  test(`${name}: opens and closes the hotspot`, async (t) => {
    const { network } = await open(t);
    await network.openHotspot(HOTSPOT);
    assert.deepEqual(network.state(), { reach: 'none', hotspotOpen: true, phones: 0, knowsNetworks: false });
    assert.ok((await network.scan()).length > 0, 'the list stays while the hotspot is open');
    await network.closeHotspot();
    assert.equal(network.state().hotspotOpen, false);
  });

  test(`${name}: joins a protected network, closes the hotspot, tells it, and remembers it`, async (t) => {
    const { network, restarted, protectedNetwork } = await open(t);
    await network.openHotspot(HOTSPOT);
    let told = 0;
    const unsubscribe = network.onChange(() => {
      told += 1;
    });
    assert.deepEqual(await network.join({ kind: 'wifi', ...protectedNetwork }), { kind: 'joined' });
    assert.ok(told > 0);
    unsubscribe();
    const expected = {
      reach: 'online',
      ssid: protectedNetwork.ssid,
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
    const wrong = {
      kind: 'wifi' as const,
      ssid: protectedNetwork.ssid,
      password: `${protectedNetwork.password}x`,
    };
    assert.deepEqual(await network.join(wrong), { kind: 'failed', reason: 'wrong-password' });
    assert.equal(network.state().reach, 'none');
    await network.stop();
    assert.equal((await restarted()).state().reach, 'none');
  });

  test(`${name}: joins an open network without a password`, async (t) => {
    const { network, openNetwork } = await open(t);
    assert.deepEqual(await network.join({ kind: 'wifi', ...openNetwork }), { kind: 'joined' });
  });

  test(`${name}: finds a hidden network only when told that it is hidden`, async (t) => {
    const { network, hiddenNetwork } = await open(t);
    assert.deepEqual(await network.join({ kind: 'wifi', ...hiddenNetwork }), {
      kind: 'failed',
      reason: 'not-found',
    });
    assert.deepEqual(await network.join({ kind: 'wifi', ...hiddenNetwork, hidden: true }), {
      kind: 'joined',
    });
  });

  test(`${name}: a network that is not there is not found`, async (t) => {
    const { network } = await open(t);
    assert.deepEqual(await network.join({ kind: 'wifi', ssid: 'Nulle part', password: 'peu importe' }), {
      kind: 'failed',
      reason: 'not-found',
    });
  });
}
