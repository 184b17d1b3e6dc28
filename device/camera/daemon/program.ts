import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Ended } from './restarts.ts';

/** A camera's program while it runs. */
export interface Program {
  stdin: Writable;
  stdout: Readable;
  /** What it said last on stderr, for the log and for {@link endOf}. */
  said(): string;
  ended: Promise<{ code: number | undefined }>;
  /** Asks it to end, then ends it. A camera that is let go of in order needs no switching off and on. */
  end(): Promise<void>;
  /** It hangs: nothing is waited for. */
  kill(): void;
}

const END_WITHIN_MS = 1_500;
const SAID_CHARS = 4_000;
/** What `env` and `stdbuf` answer when there is no such program. */
const NOT_FOUND = 127;

/** Starts a program of PATH in English, on a terminal that can do nothing: its words are read. */
export function startProgram(command: readonly string[], { cwd }: { cwd?: string } = {}): Program {
  const child = spawn('env', ['LC_ALL=C', 'TERM=dumb', ...command], {
    stdio: 'pipe',
    ...(cwd && { cwd }),
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARS);
  });
  // A program that died while it was being spoken to; that it ended says it all.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | undefined }>((resolve) => {
    child.on('error', () => resolve({ code: undefined }));
    child.on('close', (code) => resolve({ code: code ?? undefined }));
  });
  const kill = () => void child.kill('SIGKILL');
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    said: () => said.trim(),
    ended,
    kill,
    async end() {
      child.stdin.end();
      child.kill('SIGINT');
      const deadline = setTimeout(kill, END_WITHIN_MS);
      await ended;
      clearTimeout(deadline);
    },
  };
}

const BUSY = /could not claim|failed to acquire|in use by another|device or resource busy/i;
const MISSING =
  /could not detect any camera|could not find the requested device|no cameras? (?:found|available)/i;

/**
 * Why a program ended, by its words (gphoto2 2.5, rpicam-apps 1.x) and its exit code. `hadFrames`: a camera that is
 * not found any more after it gave pictures is lost, and one that was never found is missing.
 */
export function endOf({
  code,
  said,
  hadFrames,
}: {
  code: number | undefined;
  said: string;
  hadFrames: boolean;
}): Ended {
  if (code === NOT_FOUND) return { ending: 'not-installed', said };
  if (BUSY.test(said)) return { ending: 'busy', said };
  return { ending: !hadFrames && MISSING.test(said) ? 'missing' : 'lost', said };
}
