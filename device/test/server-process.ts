import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CouchAddress } from '@photomaton/couch';
import { type TestContext, tempFolder } from './context.ts';
import { startServer } from './site.ts';

const SERVER = fileURLToPath(new URL('../bench/server.ts', import.meta.url));

/** The server for tests that measure this process: the one of COUCH_URL, or the embedded one beside it. */
export async function startServerApart(t: TestContext): Promise<CouchAddress> {
  if (process.env.COUCH_URL) return startServer(t);
  return (await startServerProcess(t, { dir: await tempFolder(t) })).admin;
}

/** The embedded server as a process, so that it can be killed; it is, after the test at the latest. */
export async function startServerProcess(t: TestContext, { dir, port = 0 }: { dir: string; port?: number }) {
  const child = spawn(process.execPath, ['--import', 'tsx', SERVER, dir, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  async function kill(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }
  t.after(kill);
  const address = once(createInterface(child.stdout), 'line').then(([line]) => JSON.parse(line as string));
  const died = ended.then(([code]) => Promise.reject(new Error(`the server did not start: ${code}`)));
  const admin = (await Promise.race([address, died])) as CouchAddress;
  died.catch(() => undefined); // it was up; that it ends is the test's business
  return { admin, kill };
}
