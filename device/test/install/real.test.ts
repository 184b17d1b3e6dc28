import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { openPlainDebian, type PlainDebian, whyNoDebian } from './plain-debian.ts';

const INSTALL = '/root/photomaton/device/os/install.sh';
/** What the polkit rule lets the daemon do. */
const MAY = [
  'enable-disable-wifi',
  'network-control',
  'settings.modify.system',
  'wifi.scan',
  'wifi.share.protected',
];

/** The booth answers, and its daemon is a user of its own with one right. */
async function assertRuns({ run }: PlainDebian): Promise<void> {
  const health = ['curl', '-fsS', '--retry', '60', '--retry-delay', '1', '--retry-connrefused'];
  assert.match(await run(...health, 'http://127.0.0.1:8090/healthz'), /"status":"ok"/);
  const active = await run(
    'systemctl',
    'is-active',
    'photomaton-booth',
    'photomaton-hotspot',
    'NetworkManager',
  );
  assert.deepEqual(active.trim().split('\n'), ['active', 'active', 'active']);
  const pid = (await run('systemctl', 'show', '-P', 'MainPID', 'photomaton-booth')).trim();
  assert.equal((await run('stat', '-c', '%U', `/proc/${pid}`)).trim(), 'photomaton');
  const NET_ADMIN = '0000000000001000';
  assert.match(
    await run('cat', `/proc/${pid}/status`),
    new RegExp(`CapEff:\\s${NET_ADMIN}\\nCapBnd:\\s${NET_ADMIN}`),
  );
  for (const what of MAY) {
    await run('pkcheck', '--action-id', `org.freedesktop.NetworkManager.${what}`, '--process', pid);
  }
}

test('install.sh makes a plain Debian a booth, which is one again after a restart; again, it changes nothing', {
  timeout: 60 * 60_000,
}, async (t) => {
  const why = whyNoDebian();
  if (why !== undefined) return t.skip(`NOTHING WAS INSTALLED FOR REAL: ${why}`);
  const debian = await openPlainDebian(t);
  assert.match(await debian.run('sh', INSTALL), /The booth is on this machine's screen/);
  await assertRuns(debian);
  await debian.run('systemd-analyze', 'verify', '/etc/systemd/system/photomaton-booth.service');

  await debian.restart();
  await assertRuns(debian);

  const settings = join(debian.folder, 'etc/photomaton/hotspot.nft');
  const release = await debian.run('readlink', '-f', '/opt/photomaton');
  const { mtimeMs } = await stat(settings);
  await debian.run('sh', INSTALL);
  assert.equal((await stat(settings)).mtimeMs, mtimeMs);
  assert.equal(await debian.run('readlink', '-f', '/opt/photomaton'), release);
  await assertRuns(debian);
});
