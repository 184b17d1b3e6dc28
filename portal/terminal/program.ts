import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program ended by itself, or could not do its work. The message is for the person at the terminal. */
export class ProgramError extends Error {}

/** One of the programs that `npm start` runs. */
export interface Program {
  /** Rejects with a {@link ProgramError} when the program ends without having been asked. */
  failed: Promise<never>;
  /** Asks it to stop; kills it when it takes longer than this. */
  stop(withinMs: number): Promise<void>;
}

/**
 * Starts a program of its own: its log goes to `<logDir>/<name>.log`, what it complains about is shown.
 * It ends when this process does, however that ends, since it notices that the IPC channel is gone.
 */
export function startProgram(o: {
  name: string;
  file: string;
  env: NodeJS.ProcessEnv;
  logDir: string;
}): Program {
  mkdirSync(o.logDir, { recursive: true });
  const log = openSync(join(o.logDir, `${o.name}.log`), 'w');
  // In a group of its own: Ctrl-C reaches us alone, and we stop the programs in their order.
  const child = fork(o.file, [], { env: o.env, detached: true, stdio: ['ignore', log, 'pipe', 'ipc'] });
  closeSync(log);
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) =>
      process.stderr.write(`${o.name}: ${line}\n`),
    );
  }
  const ended = once(child, 'close').then(([code, signal]) => (signal ? `signal ${signal}` : `code ${code}`));
  let isAsked = false;
  const failed = ended.then((how) => {
    if (!isAsked)
      throw new ProgramError(`the ${o.name} ended by itself (${how}); see ${join(o.logDir, o.name)}.log`);
    return new Promise<never>(() => {});
  });
  // Whoever waits for it gets it; before anybody does, it is no unhandled rejection.
  failed.catch(() => {});

  return {
    failed,
    async stop(withinMs) {
      isAsked = true;
      child.kill('SIGTERM');
      const timer = new AbortController();
      await Promise.race([ended, sleep(withinMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
      child.kill('SIGKILL');
      await ended;
    },
  };
}
