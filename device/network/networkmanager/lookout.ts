import type { AccessPoint } from '../network.ts';
import { listOf } from './in-sight.ts';
import type { Watch } from './watch.ts';
import { accessPoints, lastScan, wifiDevice } from './world.ts';

const SCAN_MS = 15_000;

/** What is in sight. A radio that is a hotspot sees nothing, so the list of the time before is kept. */
export interface Lookout {
  /** Has the radio look; resolves when it has, or does not. */
  look(): Promise<void>;
  /** Keeps what the radio sees now. */
  keep(): void;
  kept(): AccessPoint[];
}

export function createLookout({ watch }: { watch: Watch }): Lookout {
  let kept: AccessPoint[] = [];
  return {
    async look() {
      const manager = watch.manager();
      const device = manager && wifiDevice(manager.objects());
      if (!device) return;
      const before = lastScan(manager.objects(), device);
      // Refused while it is scanning by itself: that scan will do.
      const call = { path: device.path, interface: '.Device.Wireless', member: 'RequestScan' };
      await manager.call({ ...call, signature: 'a{sv}', body: [{}] }).catch(() => {});
      await watch.until(() => lastScan(manager.objects(), device) !== before, SCAN_MS);
    },
    keep() {
      const manager = watch.manager();
      if (manager) kept = listOf(accessPoints(manager.objects()));
    },
    kept: () => kept,
  };
}
