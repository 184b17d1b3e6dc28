import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import pino from 'pino';
import { createNmcli } from '../network/networkmanager/nmcli.ts';

const { PATH, LC_ALL } = process.env;
const PROFILE = '5a1f3c0e-7b52-4d0c-9a56-f0709a70ba11';
const log = pino({ level: 'silent' });

/** The guard, with an nmcli that is this shell script; none when there is no script. */
async function open(t: TestContext, script?: string, deadlineMs?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-nmcli-'));
  await symlink('/usr/bin/env', join(folder, 'env'));
  for (const program of ['sh', 'sleep']) {
    await symlink(join('/bin', program), join(folder, program));
  }
  if (script !== undefined) {
    await writeFile(join(folder, 'nmcli'), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, 'nmcli'), 0o755);
  }
  process.env.PATH = folder;
  process.env.LC_ALL = 'fr_FR.UTF-8';
  t.after(async () => {
    process.env.PATH = PATH;
    if (LC_ALL === undefined) delete process.env.LC_ALL;
    else process.env.LC_ALL = LC_ALL;
    await rm(folder, { recursive: true });
  });
  const busAddress = 'unix:path=/nowhere';
  return { folder, nmcli: createNmcli({ busAddress, log, ...(deadlineMs && { deadlineMs }) }) };
}

test('a machine without nmcli: said, and the process lives on', async (t) => {
  const { nmcli } = await open(t);
  const outcome = await nmcli.up(PROFILE);
  assert.equal(outcome.kind === 'failed' && outcome.why, 'missing');
});

test('an nmcli that hangs, even after its first words, is ended at the deadline', {
  timeout: 10_000,
}, async (t) => {
  const { folder, nmcli } = await open(t, `echo working; echo $$ >"$0.pid"; exec sleep 600`, 300);
  const outcome = await nmcli.up(PROFILE);
  assert.deepEqual(outcome, { kind: 'failed', why: 'late', said: 'working' });
  const pid = Number(await readFile(join(folder, 'nmcli.pid'), 'utf8'));
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('the exit code decides, whatever was said first', async (t) => {
  const codes: [code: number, why: string][] = [
    [4, 'refused'],
    [8, 'no-manager'],
    [10, 'unknown'],
  ];
  for (const [code, why] of codes) {
    const { nmcli } = await open(t, `echo "successfully activated"; exit ${code}`);
    assert.deepEqual(await nmcli.up(PROFILE), { kind: 'failed', why, said: 'successfully activated' });
  }
  const { nmcli } = await open(t, 'echo "Warning: odd" >&2; exit 0');
  assert.deepEqual(await nmcli.down(PROFILE), { kind: 'done', text: 'Warning: odd' });
});

test('all that was said is kept, not the first of it, without escape codes and in English', async (t) => {
  const { nmcli } = await open(t, `printf '\\033[32mone\\033[0m '; sleep 0.1; echo "two $LC_ALL $TERM"`);
  assert.deepEqual(await nmcli.remove(PROFILE), { kind: 'done', text: 'one two C dumb' });
});

test('no command line has a place for a password', async (t) => {
  const { folder, nmcli } = await open(t, 'echo "$DBUS_SYSTEM_BUS_ADDRESS $*" >>"$0.calls"');
  for (const call of [nmcli.up, nmcli.down, nmcli.remove]) assert.equal((await call(PROFILE)).kind, 'done');
  await nmcli.unblockRadio();
  const calls = await readFile(join(folder, 'nmcli.calls'), 'utf8');
  assert.deepEqual(calls.trim().split('\n'), [
    `unix:path=/nowhere connection up ${PROFILE}`,
    `unix:path=/nowhere connection down ${PROFILE}`,
    `unix:path=/nowhere connection delete ${PROFILE}`,
    'unix:path=/nowhere radio wifi on',
  ]);
});

test('nobody else gets the spawn of the guard', async (t) => {
  const { spawn } = childProcess;
  await open(t, 'exit 0');
  assert.equal(childProcess.spawn, spawn);
});
