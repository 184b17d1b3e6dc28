import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

interface State {
  kind: string;
  code?: string;
  words?: { fr: string; en: string };
  customer?: string;
}

/** The booth's own pairing client in a process of its own. */
export function startBooth(t: TestContext, dataDir: string, url: string) {
  const program = fileURLToPath(new URL('../../device/test/waiting-booth.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', program, dataDir, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const states: State[] = [];
  let arrived = () => {};
  const { stdout, stdin } = child;
  if (!stdout || !stdin) throw new Error('the booth has no pipes');
  createInterface(stdout).on('line', (line) => {
    states.push(JSON.parse(line) as State);
    arrived();
  });
  return {
    /** The next state of this kind; others before it are passed over. */
    async until(kind: string): Promise<State> {
      const deadline = AbortSignal.timeout(60_000);
      for (;;) {
        const state = states.shift();
        if (state?.kind === kind) return state;
        if (state) continue;
        await new Promise<void>((resolve, reject) => {
          arrived = resolve;
          deadline.addEventListener('abort', () => reject(new Error(`the booth did not come to ${kind}`)));
        });
      }
    },
    say: (line: 'confirm' | 'decline') => stdin.write(`${line}\n`),
    ended,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
