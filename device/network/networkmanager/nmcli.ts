import childProcess, { type ChildProcess, type SpawnOptions } from 'node:child_process';
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import type { Logger } from 'pino';

/** What nmcli did: its exit code decides, never what it printed. */
type NmcliOutcome = { kind: 'done'; text: string } | { kind: 'failed'; why: NmcliFailure; said: string };
type NmcliFailure = 'missing' | 'late' | 'no-manager' | 'unknown' | 'refused';

/**
 * What the booth has nmcli do. No call of this list takes a secret: a command line can be read by everyone. What
 * failed is in the log; whether it matters, the caller knows.
 */
export interface Nmcli {
  up(profile: string): Promise<NmcliOutcome>;
  down(profile: string): Promise<NmcliOutcome>;
  remove(profile: string): Promise<NmcliOutcome>;
  unblockRadio(): Promise<NmcliOutcome>;
}

/** The functions of node-network-manager that are used; it has no types. */
interface Library {
  connectionUp(profile: string): Promise<unknown>;
  connectionDown(profile: string): Promise<unknown>;
  connectionDelete(profile: string): Promise<unknown>;
  wifiEnable(): Promise<unknown>;
}

/** Longer than NetworkManager itself waits for a network (90 s) nothing can take. */
const DEADLINE_MS = 95_000;
/** What `env` answers when there is no such program. */
const MISSING = 127;
const NO_MANAGER = 8;
const UNKNOWN = 10;

/**
 * node-network-manager behind a guard. By itself it has no time limit, dies of a missing nmcli, answers with the
 * first words that come and forgets the exit code. All of that is in how it starts nmcli, so that is what it is
 * given: a `spawn` with a deadline, in English, whose process the guard waits for.
 */
export function createNmcli({
  busAddress,
  deadlineMs = DEADLINE_MS,
  signal,
  log,
}: {
  busAddress: string;
  deadlineMs?: number;
  /** Ends what is under way, and what is asked for later. */
  signal?: AbortSignal;
  log: Logger;
}): Nmcli {
  let started: ChildProcess | undefined;
  const library = loadWith((command, args, options) => {
    const english = ['LC_ALL=C', 'TERM=dumb', `DBUS_SYSTEM_BUS_ADDRESS=${busAddress}`];
    started = childProcess.spawn('env', [...english, command, ...args], {
      ...options,
      ...{ timeout: deadlineMs, killSignal: 'SIGKILL' },
      ...(signal && { signal }),
    });
    return started;
  });

  async function run(doing: keyof Nmcli, call: () => Promise<unknown>): Promise<NmcliOutcome> {
    const answer = call();
    const child = started as ChildProcess; // the library starts it before it returns
    let text = '';
    const listen = (chunk: unknown) => {
      text += String(chunk);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    const [end] = await Promise.all([endOf(child), answer.catch(() => {})]);
    const said = stripVTControlCharacters(text).trim();
    if (end.code === 0) return { kind: 'done', text: said };
    const why = whyOf(end);
    log.warn({ doing, why, said }, 'nmcli failed');
    return { kind: 'failed', why, said };
  }

  return {
    up: (profile) => run('up', () => library.connectionUp(profile)),
    down: (profile) => run('down', () => library.connectionDown(profile)),
    remove: (profile) => run('remove', () => library.connectionDelete(profile)),
    unblockRadio: () => run('unblockRadio', () => library.wifiEnable()),
  };
}

/** The library takes `spawn` once, when it is loaded: so each guard loads its own, with its own `spawn`. */
function loadWith(spawn: (command: string, args: string[], options: SpawnOptions) => ChildProcess): Library {
  const require = createRequire(import.meta.url);
  const path = require.resolve('node-network-manager');
  delete require.cache[path];
  const { spawn: everyones } = childProcess;
  childProcess.spawn = ((command: string, args: string[]) =>
    spawn(command, args, {})) as typeof childProcess.spawn;
  try {
    return require(path) as Library;
  } finally {
    childProcess.spawn = everyones;
  }
}

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

function endOf(child: ChildProcess): Promise<End> {
  return new Promise((resolve) => {
    child.on('error', ({ name }) => {
      resolve(name === 'AbortError' ? { code: null, signal: 'SIGKILL' } : { code: MISSING, signal: null });
    });
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
}

function whyOf({ code, signal }: End): NmcliFailure {
  if (signal === 'SIGKILL') return 'late';
  if (code === MISSING) return 'missing';
  if (code === NO_MANAGER) return 'no-manager';
  if (code === UNKNOWN) return 'unknown';
  return 'refused';
}
