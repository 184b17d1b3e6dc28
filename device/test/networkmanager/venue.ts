import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RealBooth } from './real-booth.ts';

/** The venue's internet: `full`, a login page in between, or none. */
export async function openVenue(booth: RealBooth) {
  const file = join(booth.folder, 'answer');
  const answer = (what: 'full' | 'portal' | 'none') => writeFile(file, what);
  await answer('full');
  await booth.serve('venue-web.ts', [file], 'venue');
  return {
    answer,
    async plug() {
      booth.run(['ip', 'link', 'set', 'lan', 'up'], 'venue');
      const carrier = ['nmcli', '-g', 'WIRED-PROPERTIES.CARRIER', 'device', 'show', 'eth0'];
      while (booth.run(carrier).stdout.trim() !== 'on') await new Promise(setImmediate);
    },
    pull: () => booth.run(['ip', 'link', 'set', 'lan', 'down'], 'venue'),
  };
}
