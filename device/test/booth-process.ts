import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempFolder } from './context.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export interface BoothProcess {
  url: string;
  process: ChildProcess;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  /** Waits for another ready line, as after a restart of the parts. */
  readyAgain(): Promise<void>;
}

/** A folder for a booth, removed after the test. */
export const makeDataDir = (t: TestContext): Promise<string> => tempFolder(t);

/** Starts the booth as a process of its own, on a free port unless told; killed after the test. */
export async function startBooth(
  t: TestContext,
  env: { DATA_DIR: string } & Record<string, string>,
): Promise<BoothProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    // Nobody listens on port 9: a booth that nobody pairs.
    env: {
      PATH: process.env.PATH ?? '',
      BOOTH_PORT: '0',
      SETUP_PORT: '0',
      PORTAL_URL: 'http://127.0.0.1:9',
      CAMERA: 'player',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const ready = () =>
    new Promise<string>((resolve) => {
      const look = (line: string) => {
        const entry = JSON.parse(line) as { msg: string; url?: string };
        if (entry.msg !== 'booth ready' || entry.url === undefined) return;
        lines.off('line', look);
        resolve(entry.url);
      };
      lines.on('line', look);
    });
  const url = await Promise.race([
    ready(),
    ended.then((code) => {
      throw new Error(`the booth ended (${code}) before it was ready: ${errors}`);
    }),
  ]);
  return { url, process: child, ended, readyAgain: async () => void (await ready()) };
}

/** Runs the booth's program until it ends by itself. */
export async function runBooth(
  env: Record<string, string>,
  args: string[] = [],
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', BOOTH_PORT: '0', SETUP_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code: code ?? signal, ...output };
}
