import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClient } from 'dbus-native';
import { NM, openManager } from '../../network/networkmanager/manager.ts';

const template = fileURLToPath(new URL('radio.py', import.meta.url));
// Debian's, which has dbusmock; another Python of the machine may come first in PATH.
const PYTHON = '/usr/bin/python3';

/** A NetworkManager that plays a radio (radio.py), on a bus of its own. */
export interface MockRadio {
  busAddress: string;
  /** A method of radio.py, or one of dbusmock's: `SetProperty`. */
  tell(member: string, signature?: string, body?: unknown[]): Promise<unknown>;
}

/** What is in the way of it on this machine; undefined when nothing is. */
export function whyNoMock(): string | undefined {
  if (spawnSync('nmcli', ['--version']).status !== 0) return 'there is no nmcli';
  if (spawnSync('dbus-daemon', ['--version']).status !== 0) return 'there is no dbus-daemon';
  return spawnSync(PYTHON, ['-c', 'import dbusmock']).status === 0
    ? undefined
    : 'there is no python3-dbusmock';
}

/** What it leaves behind goes when `t` is over. */
export async function openMockRadio(t: Pick<TestContext, 'after'>): Promise<MockRadio> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-radio-'));
  const busAddress = `unix:path=${join(folder, 'bus')}`;
  const start = (program: string, args: string[]) => {
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: busAddress };
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let said = '';
    child.stderr.on('data', (chunk: unknown) => {
      said += String(chunk);
    });
    t.after(async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    });
    const died = once(child, 'close').then(() => Promise.reject(new Error(`${program} ended: ${said}`)));
    died.catch(() => {});
    return { child, died };
  };
  t.after(() => rm(folder, { recursive: true }));
  const bus = start('dbus-daemon', ['--session', '--nofork', '--print-address', `--address=${busAddress}`]);
  await Promise.race([once(bus.child.stdout, 'data'), bus.died]);
  const mock = start(PYTHON, [
    '-m',
    'dbusmock',
    '--system',
    '--template',
    template,
    '--logfile',
    '/dev/null',
  ]);
  await Promise.race([isThere(busAddress), mock.died]);
  const client = createClient({ busAddress });
  t.after(() => client.connection.end());
  return {
    busAddress,
    async tell(member, signature, body) {
      return client.invoke({
        ...{ destination: NM, path: '/org/freedesktop', interface: 'org.freedesktop.DBus.Mock', member },
        ...(signature !== undefined && { signature, body: body ?? [] }),
      });
    },
  };
}

async function isThere(busAddress: string): Promise<void> {
  for (;;) {
    const manager = await openManager({ busAddress }).catch(() => undefined);
    if (manager?.objects()['/org/freedesktop/NetworkManager/AccessPoint/point4']) return manager.close();
    manager?.close();
  }
}
