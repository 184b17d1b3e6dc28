import type { JoinRequest } from '../../booth.ts';
import { nameOf } from './in-sight.ts';
import type { Nmcli } from './nmcli.ts';
import { OURS, ssidBytes } from './profiles.ts';
import type { Watch } from './watch.ts';
import type { KnownProfile } from './world.ts';

/** For news that are on their way. */
const SETTLE_MS = 3_000;

/** The profiles that NetworkManager keeps, as far as the booth takes some away. */
export interface Known {
  remove(uuid: string): Promise<void>;
  /** Those of the same network, but the one that has just worked. */
  removeOlder(uuid: string, request: JoinRequest): Promise<void>;
  forget(ssid: string): Promise<void>;
}

export function createKnown({ watch, nmcli }: { watch: Watch; nmcli: Nmcli }): Known {
  async function remove(uuid: string): Promise<void> {
    const isThere = () => watch.profiles().some((profile) => profile.uuid === uuid);
    if (!isThere()) return;
    await nmcli.remove(uuid);
    await watch.until(() => !isThere(), SETTLE_MS);
  }

  async function removeAll(isIt: (profile: KnownProfile) => boolean): Promise<void> {
    for (const { uuid } of watch.profiles().filter(isIt)) await remove(uuid);
  }

  return {
    remove,
    removeOlder: (uuid, request) =>
      removeAll((profile) => profile.uuid !== uuid && isOfSameNetwork(profile, request)),
    forget: (ssid) =>
      removeAll((profile) => profile.ssid !== undefined && nameOf(profile.ssid).ssid === ssid),
  };
}

function isOfSameNetwork({ id, ssid }: KnownProfile, request: JoinRequest): boolean {
  if (request.kind === 'cable') return id === `${OURS} cable`;
  return ssid !== undefined && ssidBytes(request).equals(ssid);
}
