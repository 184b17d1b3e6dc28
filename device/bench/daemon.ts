import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

/** Runs the work while the booth's own daemon runs on the data in `dir`; it gets the address of its kiosk. */
export async function withDaemon(dir: string, work: (url: string) => Promise<void>): Promise<void> {
  const child = fork(MAIN, {
    env: { PATH: process.env.PATH, DATA_DIR: dir, BOOTH_PORT: '0', DISK_RESERVE_MB: '0' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  try {
    if (!child.stdout) throw new Error('the daemon has no output');
    const lines = createInterface({ input: child.stdout });
    let url: string | undefined;
    for await (const line of lines) {
      const entry = JSON.parse(line) as { msg: string; url?: string };
      if (entry.msg !== 'booth ready') continue;
      url = entry.url;
      break;
    }
    child.stdout.resume(); // closing the lines has paused it
    if (url === undefined) throw new Error('the daemon ended before it was ready');
    await work(url);
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}
