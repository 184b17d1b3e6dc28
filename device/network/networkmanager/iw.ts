import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const DEADLINE_MS = 5_000;

/** Phones in the hotspot of this device just now; none when `iw` cannot tell. NetworkManager does not know them. */
export async function countStations(device: string): Promise<number> {
  const said = await iw('dev', device, 'station', 'dump').catch(() => '');
  return said.match(/^Station /gm)?.length ?? 0;
}

/** Rejects when the machine does not let the booth do it. @param code ISO 3166-1 alpha-2 */
export async function setRegion(code: string): Promise<void> {
  await iw('reg', 'set', code);
}

async function iw(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('env', ['LC_ALL=C', 'iw', ...args], {
    ...{ timeout: DEADLINE_MS, killSignal: 'SIGKILL' as const },
  });
  return stdout;
}
