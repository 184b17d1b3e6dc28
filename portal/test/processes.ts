import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEADLINE_MS = 60_000;

/** A program of the portal as a child process. */
export interface Running {
  process: ChildProcessWithoutNullStreams;
  /** Everything it has written so far. */
  out(): string;
  err(): string;
  /** Resolves when it has ended, with its exit code (null when a signal ended it). */
  ended: Promise<number | null>;
  /** Waits until its output matches. Rejects when it ends before that. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Runs `portal/<file>` with an environment of its own; it is killed after the test if it still runs. */
export function runProgram(
  t: TestContext,
  o: { file: string; args?: string[]; env?: Record<string, string>; input?: string; ipc?: boolean },
): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', `portal/${o.file}`, ...(o.args ?? [])], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...o.env },
    stdio: o.ipc ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe',
  }) as ChildProcessWithoutNullStreams;
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  child.stdin.end(o.input ?? '');
  // Not 'close', which does not come when the IPC channel was disconnected.
  const ended = Promise.all([once(child, 'exit'), finished(child.stdout), finished(child.stderr)]).then(
    ([[code]]) => code as number | null,
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    process: child,
    out: () => written.out,
    err: () => written.err,
    ended,
    async says(pattern) {
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      while (true) {
        const match = pattern.exec(written.out);
        if (match) return match;
        const heard = await Promise.race([
          once(child.stdout, 'data', { signal: deadline }).then(() => true),
          ended.then(() => false),
        ]);
        if (!heard && !pattern.test(written.out)) {
          throw new Error(`ended without saying ${pattern}:\n${written.out}\n${written.err}`);
        }
      }
    },
  };
}
