import type { Hotspot } from '../hotspot.ts';
import type { Known } from './known.ts';
import type { Lookout } from './lookout.ts';
import { NM_PATH } from './manager.ts';
import type { Nmcli } from './nmcli.ts';
import { HOTSPOT_UUID, hotspotProfile } from './profiles.ts';
import type { Watch } from './watch.ts';
import { accessPoints, activeOf, isHotspotOpen, wifiDevice } from './world.ts';

/** For news that are on their way. */
const SETTLE_MS = 3_000;

/** The booth's own network on the one radio. */
export interface OwnHotspot {
  /** Changes nothing when it is open, or cannot be. Rejects when NetworkManager refuses. */
  open(hotspot: Hotspot): Promise<void>;
  close(): Promise<void>;
}

export function createOwnHotspot({
  watch,
  nmcli,
  known,
  lookout,
}: {
  watch: Watch;
  nmcli: Nmcli;
  known: Known;
  lookout: Lookout;
}): OwnHotspot {
  return {
    async open(hotspot) {
      const manager = watch.manager();
      const device = manager && wifiDevice(manager.objects());
      if (!device || isHotspotOpen(manager.objects())) return;
      // The last chance to: the installer chooses from it.
      if (accessPoints(manager.objects()).length === 0) await lookout.look();
      if (accessPoints(manager.objects()).length > 0) lookout.keep();
      await known.remove(HOTSPOT_UUID);
      await manager.call({
        ...{ path: `${NM_PATH}/Settings`, interface: '.Settings', member: 'AddConnectionUnsaved' },
        ...{ signature: 'a{sa{sv}}', body: [hotspotProfile({ ...hotspot, device: device.Interface })] },
      });
      const { kind } = await nmcli.up(HOTSPOT_UUID);
      if (kind === 'done') await watch.until(() => isHotspotOpen(manager.objects()), SETTLE_MS);
    },
    async close() {
      const manager = watch.manager();
      if (!manager || !activeOf(manager.objects(), HOTSPOT_UUID)) return;
      await nmcli.down(HOTSPOT_UUID);
      await watch.until(() => !activeOf(manager.objects(), HOTSPOT_UUID), SETTLE_MS);
    },
  };
}
