import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type TestContext, tempFolder } from '../context.ts';
import { CALLS, type Operation, readTrace } from './trace.ts';

const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));
/** No write of the booth is longer. */
const LONGEST_STRING = 2 ** 26;

/** Why nothing can be recorded on this machine; undefined if it can. */
export function whyNotRecorded(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);
  if (error) return `strace cannot be run (${error.message}): apt-get install strace`;
  return status === 0 ? undefined : `strace may not trace here (ptrace): ${stderr.toString().trim()}`;
}

/**
 * Runs the booth itself on its folder, does `work` with it, stops it in order, and gives what it did to the folder.
 * @param dataDir without symbolic links
 */
export async function record(
  t: TestContext,
  { dataDir, syncUrl, work }: { dataDir: string; syncUrl: string; work(url: string): Promise<void> },
): Promise<Operation[]> {
  const output = join(await tempFolder(t), 'trace');
  const options = ['-f', '--seccomp-bpf', '-ttt', '-xx', '-y', '-s', String(LONGEST_STRING)];
  const child = spawn(
    'strace',
    [
      ...[...options, '-e', `trace=${CALLS.join()}`, '-e', 'signal=none', '-o', output],
      ...[process.execPath, '--import', 'tsx', MAIN],
    ],
    {
      // strace does not see what is handed to the kernel through io_uring.
      env: {
        ...{ ...process.env, UV_USE_IO_URING: '0', DATA_DIR: dataDir, SYNC_URL: syncUrl },
        ...{ BOOTH_PORT: '0', SYNC_INTERVAL_S: '1', DISK_RESERVE_MB: '0', LOG_LEVEL: 'info' },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own: strace and booth end together
    },
  );
  const exited = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const ready = new Promise<{ url: string; pid: number }>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const entry = JSON.parse(line) as { msg: string; url: string; pid: number };
      if (entry.msg === 'booth ready') resolve(entry);
    });
    exited.then(() => reject(new Error(`the booth ended before it was ready: ${said}`)), reject);
  });

  try {
    const { url, pid } = await ready;
    await work(url);
    process.kill(pid, 'SIGTERM'); // strace itself does not listen
    const [code] = await exited;
    if (code !== 0) throw new Error(`the booth ended with ${code}: ${said}`);
  } finally {
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
      await exited;
    }
  }
  return readTrace(await readFile(output, 'latin1'), dataDir);
}
