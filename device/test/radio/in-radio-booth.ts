import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { inBooth, type RealBooth, realBooth } from '../networkmanager/real-booth.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const KERNEL = fileURLToPath(new URL('../../../node_modules/.cache/photomaton-radio', import.meta.url));

/**
 * Runs this very file again, in an emulated machine with this one's files, a real NetworkManager and radios that are
 * played by Debian's kernel, and `inside` there. Where that cannot be, a test says so loudly and is skipped.
 */
export async function inRadioBooth(
  file: string,
  inside: (booth: RealBooth) => void | Promise<void>,
): Promise<void> {
  const folder = process.env.REAL_BOOTH;
  if (folder !== undefined) return inside(realBooth(folder));
  const why = whyNoRadio();
  if (why !== undefined) {
    test('radios', (t) => t.skip(`NOTHING WAS TRIED ON AIR: ${why}`));
    return;
  }
  const made = mkdtempSync(join(tmpdir(), 'photomaton-radio-'));
  chmodSync(made, 0o755); // the bus and polkit have users of their own
  const again = [process.execPath, ...process.execArgv, fileURLToPath(file)];
  const command = [...inBooth(made, join(here, 'radios.sh')), ...again].map(quoted).join(' ');
  writeFileSync(
    join(made, 'command'),
    `cd ${quoted(process.cwd())} && REAL_BOOTH=${quoted(made)} exec ${command}\n`,
  );
  process.exitCode = await emulate(made);
  rmSync(made, { recursive: true });
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** What is in the way on this machine; undefined when nothing is. */
function whyNoRadio(): string | undefined {
  if (process.arch !== 'x64') return 'it is made for x86-64';
  const needed = ['qemu-system-x86_64', 'hostapd', 'wpa_supplicant', 'iw', 'NetworkManager', 'busybox'];
  const missing = needed.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length > 0) return `there is no ${missing.join(', no ')}`;
  if (existsSync(join(KERNEL, 'initrd'))) return undefined;
  const { status, stderr } = spawnSync('sh', [join(here, 'kernel.sh'), KERNEL], { encoding: 'utf8' });
  return status === 0 ? undefined : `the kernel could not be fetched: ${stderr}`;
}

/** Runs the folder's command in the machine; what it prints passes through. Resolves with its exit code. */
async function emulate(folder: string): Promise<number> {
  const told = [
    ...['console=ttyS0', 'quiet', 'panic=-1', `begin=${join(here, 'inside.sh')}`],
    ...[`kernel=${KERNEL}`, `folder=${folder}`],
  ];
  const machine = spawn(
    'qemu-system-x86_64',
    [
      ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
      ...['-nographic', '-no-reboot', '-nic', 'none'],
      ...['-kernel', join(KERNEL, 'kernel'), '-initrd', join(KERNEL, 'initrd'), '-append', told.join(' ')],
      ...['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let code: number | undefined;
  let began = false;
  const lines = createInterface({ input: machine.stdout });
  lines.on('line', (line) => {
    const ended = /radio: ended with (\d+)/.exec(line);
    if (ended) code = Number(ended[1]);
    else if (began) console.log(line);
    began ||= line.includes('radio: begins');
  });
  await once(machine, 'close');
  return code ?? 1;
}
