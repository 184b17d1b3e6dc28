import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkState } from '../network.ts';
import { NM_PATH } from './manager.ts';
import type { Nmcli } from './nmcli.ts';
import type { Watch } from './watch.ts';
import { isComing, isSwitchedOff, wifiDevice } from './world.ts';

/** Sees to it that what should be is, whatever went away and came back. */
export interface Upkeep {
  /** Begins, and goes on until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** From now on the networks that are known are wanted at once. */
  hurry(): void;
}

export function createUpkeep({
  watch,
  nmcli,
  state,
  isHotspotWanted,
  openHotspot,
  countPhones,
  inTurn,
  tendMs,
  nudgeMs,
}: {
  watch: Watch;
  nmcli: Nmcli;
  state(): NetworkState;
  isHotspotWanted(): boolean;
  openHotspot(): Promise<void>;
  /** Of the hotspot, which is open on this device. */
  countPhones(device: string): Promise<void>;
  /** Does this when nobody else uses the radio. Never rejects. */
  inTurn(work: () => Promise<void>): Promise<void>;
  tendMs: number;
  /** After a lost network, before NetworkManager is asked to look for a known one again. */
  nudgeMs: number;
}): Upkeep {
  let nudgedAt = performance.now();

  /** One thing that is not as it should be. */
  async function tend(): Promise<void> {
    const tree = watch.manager()?.objects();
    if (!tree) return;
    const device = wifiDevice(tree);
    if (isSwitchedOff(tree)) await nmcli.unblockRadio();
    else if (isHotspotWanted() && !state().hotspotOpen) await openHotspot();
    else if (state().hotspotOpen && device) await countPhones(device.Interface);
    else if (device && !isHotspotWanted() && isLost()) await nudge(device.path);
  }

  const isLost = () =>
    state().reach === 'none' && state().knowsNetworks && performance.now() - nudgedAt > nudgeMs;

  async function nudge(device: string): Promise<void> {
    nudgedAt = performance.now();
    const manager = watch.manager();
    if (!manager || isComing(manager.objects())) return;
    // Of "/" and "/" it makes the best it knows; when there is none in sight it says so, and that is known.
    const call = { path: NM_PATH, interface: '', member: 'ActivateConnection' };
    await manager.call({ ...call, signature: 'ooo', body: ['/', device, '/'] }).catch(() => {});
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await sleep(tendMs, undefined, { signal }).catch(() => {});
        if (!signal.aborted) await inTurn(tend);
      }
    },
    hurry() {
      nudgedAt = Number.NEGATIVE_INFINITY;
    },
  };
}
