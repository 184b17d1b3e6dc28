import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tempFolder } from '../context.ts';

const run = promisify(execFile);
const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const SUITE = process.env.SUITE ?? 'bookworm';
/** This machine's: a mirror of the house may have an authority of the house. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
const BOOT_MS = 10 * 60_000;
/** What systemd takes for "switch off": SIGRTMIN+3. */
const SWITCH_OFF = 37;

/** A plain Debian that has booted, with this checkout in `/root/photomaton`. */
export interface PlainDebian {
  folder: string;
  /** Rejects when the command fails. */
  run(...command: string[]): Promise<string>;
  restart(): Promise<void>;
}

/** What is in the way of one on this machine; undefined when nothing is. */
export function whyNoDebian(): string | undefined {
  if (process.getuid?.() !== 0) return 'it takes root';
  const needed = ['debootstrap', 'systemd-nspawn', 'slirp4netns', 'nsenter', 'ip', 'tar'];
  const missing = needed.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  return missing.length > 0 ? `there is no ${missing.join(', no ')}` : undefined;
}

/**
 * A tree of debootstrap's (or a copy of TREE), started by systemd-nspawn. It has a network of its own, whose way out
 * is a program: its NetworkManager sees nothing of this machine's.
 */
export async function openPlainDebian(t: TestContext): Promise<PlainDebian> {
  const folder = await tempFolder(t);
  if (process.env.TREE) await run('cp', ['-a', `${process.env.TREE}/.`, folder]);
  else {
    const needed = '--include=ca-certificates,dbus,systemd-sysv,udev';
    await run('debootstrap', ['--variant=minbase', needed, SUITE, folder], { maxBuffer: 2 ** 26 });
  }
  // Its users have to get in: a temporary folder is its maker's alone.
  await chmod(folder, 0o755);
  await cp(AUTHORITIES, join(folder, AUTHORITIES));
  await writeFile(join(folder, 'etc/resolv.conf'), 'nameserver 10.0.2.3\n');
  await run('sh', [
    ...[
      '-c',
      'mkdir -p "$2" && tar -C "$1" --exclude=node_modules --exclude=.git -cf - . | tar -C "$2" -xf -',
    ],
    ...['sh', CHECKOUT, join(folder, 'root/photomaton')],
  ]);
  const network = await openNetwork(t);

  let machine = await boot(folder, network);
  const switchOff = async () => {
    const ended = once(machine.nspawn, 'close');
    process.kill(machine.systemd, SWITCH_OFF);
    await ended;
  };
  t.after(switchOff);
  return {
    folder,
    run: (...command) => inside(machine.systemd, command),
    async restart() {
      await switchOff();
      machine = await boot(folder, network);
    },
  };
}

/** Resolves with its name. */
async function openNetwork(t: TestContext): Promise<string> {
  const name = `photomaton-${process.pid}`;
  await run('ip', ['netns', 'add', name]);
  t.after(() => run('ip', ['netns', 'delete', name]));
  const way = spawn('slirp4netns', ['--configure', '--netns-type=path', `/run/netns/${name}`, 'way-out'], {
    stdio: 'ignore',
  });
  t.after(async () => {
    way.kill();
    await once(way, 'close');
  });
  return name;
}

async function boot(folder: string, network: string): Promise<{ nspawn: ChildProcess; systemd: number }> {
  const nspawn = spawn(
    'systemd-nspawn',
    [
      ...['--boot', '--register=no', '--keep-unit', '--console=pipe', '--resolv-conf=off', '-D', folder],
      ...[`--network-namespace-path=/run/netns/${network}`, '--capability=CAP_NET_ADMIN,CAP_NET_RAW'],
    ],
    { stdio: 'ignore', env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' } },
  );
  const { pid } = nspawn;
  for (const begin = performance.now(); performance.now() - begin < BOOT_MS; ) {
    if (nspawn.exitCode !== null) throw new Error('systemd-nspawn ended');
    const systemd = Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim());
    // `degraded` is a machine that runs; before that nobody answers.
    const state =
      systemd &&
      (await inside(systemd, ['timeout', '60', 'systemctl', 'is-system-running', '--wait']).catch(said));
    if (state && /running|degraded/.test(state)) return { nspawn, systemd };
  }
  nspawn.kill('SIGKILL');
  throw new Error(`it did not boot within ${BOOT_MS / 60_000} minutes`);
}

const said = ({ stdout }: { stdout?: string }) => stdout ?? '';

async function inside(systemd: number, command: string[]): Promise<string> {
  const env = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', `NODE_EXTRA_CA_CERTS=${AUTHORITIES}`];
  const namespaces = ['-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'];
  const { stdout } = await run(
    'nsenter',
    ['-t', String(systemd), ...namespaces, 'env', '-i', ...env, ...command],
    { maxBuffer: 2 ** 26 },
  );
  return stdout;
}
