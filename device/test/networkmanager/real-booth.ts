import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { openManager } from '../../network/networkmanager/manager.ts';
import { SYSTEM_BUS } from '../../network/networkmanager/networkmanager.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const osFolder = fileURLToPath(new URL('../../os/network', import.meta.url));

/** The machine around the test, with a real NetworkManager. */
export interface RealBooth {
  /** Belongs to it, and goes with it. */
  folder: string;
  /** Runs a program; `where` is the network of the phone or the venue, else the booth's. */
  run(command: string[], where?: 'phone' | 'venue'): { code: number | null; stdout: string; stderr: string };
  /** Starts a script of this folder, for as long as the machine; resolves with its first word. */
  serve(script: string, args?: string[], where?: 'phone' | 'venue'): Promise<void>;
  startNetworkManager(): Promise<void>;
  /** As a crash does. */
  killNetworkManager(): Promise<void>;
}

/**
 * Runs this very file again, in a machine of its own with a real NetworkManager, and `inside` there. Outside, the
 * output passes through. Where that cannot be, a test says so loudly and is skipped.
 */
export async function inRealBooth(
  file: string,
  inside: (booth: RealBooth) => void | Promise<void>,
): Promise<void> {
  const folder = process.env.REAL_BOOTH;
  if (folder !== undefined) return inside(realBooth(folder));
  const why = whyNotReal();
  if (why !== undefined) {
    test('a real NetworkManager', (t) => t.skip(`THE REAL NETWORKMANAGER WAS NOT TRIED: ${why}`));
    return;
  }
  const made = mkdtempSync(join(tmpdir(), 'photomaton-booth-'));
  chmodSync(made, 0o755); // the bus and polkit have users of their own
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const again = [process.execPath, ...process.execArgv, fileURLToPath(file)];
  const machine = spawn(
    'unshare',
    [...namespaces, ...inBooth(made, join(here, 'cables.sh')), ...again, ...process.argv.slice(2)],
    { stdio: 'inherit', env: { ...process.env, REAL_BOOTH: made } },
  );
  const [code] = await once(machine, 'close');
  rmSync(made, { recursive: true });
  process.exitCode = code ?? 1;
}

/** The command that runs another one in the machine of booth.sh. */
export const inBooth = (folder: string, world: string): string[] => [
  ...['sh', join(here, 'booth.sh'), folder, osFolder, world],
];

/** What is in the way of a real NetworkManager on this machine; undefined when nothing is. */
function whyNotReal(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root';
  const needed = [
    'NetworkManager',
    'nmcli',
    'dnsmasq',
    'nft',
    'ip',
    'unshare',
    'dbus-daemon',
    'busybox',
    'curl',
  ];
  const missing = needed.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length > 0) return `there is no ${missing.join(', no ')}`;
  const tried = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', '--mount-proc', 'true']);
  return tried.status === 0 ? undefined : 'the kernel gives it no namespaces';
}

/** Inside of it. @param folder of the machine */
export function realBooth(folder: string): RealBooth {
  let manager: ChildProcess | undefined;
  const within = (where: string | undefined) => (where === undefined ? [] : ['ip', 'netns', 'exec', where]);
  return {
    folder,
    run(command, where) {
      const [program = '', ...args] = [...within(where), ...command];
      const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
      return { code: status, stdout, stderr };
    },
    async serve(script, scriptArgs = [], where) {
      const node = [process.execPath, '--import', 'tsx', join(here, script), ...scriptArgs];
      const [program = '', ...args] = [...within(where), ...node];
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      child.unref();
      const [word] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      if (!(word instanceof Buffer)) throw new Error(`${script} ended`);
      child.stdout.destroy();
    },
    async startNetworkManager() {
      const said = openSync(join(folder, 'log'), 'a');
      manager = spawn('NetworkManager', ['--debug'], { stdio: ['ignore', said, said] });
      closeSync(said);
      manager.unref();
      for (;;) {
        const found = await openManager({ busAddress: SYSTEM_BUS }).catch(() => undefined);
        if (found) return found.close();
      }
    },
    async killNetworkManager() {
      if (!manager) return;
      const ended = once(manager, 'close');
      manager.kill('SIGKILL');
      await ended;
    },
  };
}
