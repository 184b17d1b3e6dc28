import { setTimeout as sleep } from 'node:timers/promises';
import { type Manager, NM, openManager } from './manager.ts';
import type { Profile } from './profiles.ts';
import { type KnownProfile, knownProfile } from './world.ts';

/** NetworkManager through all its lives: opened again by itself after it, the bus or both were gone. */
export interface Watch {
  /** Undefined while there is none. */
  manager(): Manager | undefined;
  profiles(): readonly KnownProfile[];
  /** Whatever changed: here or gone, its objects, the profiles. */
  onChange(listener: () => void): () => void;
  /** Is it so, or does it become so within that time? */
  until(isSo: () => boolean, withinMs: number): Promise<boolean>;
  start(): void;
  stop(): Promise<void>;
}

/** How often a NetworkManager that is gone is looked for. */
const LOOK_AGAIN_MS = 1_000;

export function createWatch({
  busAddress,
  onFound,
}: {
  busAddress: string;
  /** A NetworkManager was found, and nothing of it has been told yet. */
  onFound(manager: Manager, profiles: readonly KnownProfile[]): Promise<void>;
}): Watch {
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  let manager: Manager | undefined;
  let profiles: KnownProfile[] = [];
  let running: Promise<void> = Promise.resolve();

  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  async function follow(found: Manager): Promise<void> {
    profiles = await readProfiles(found);
    await onFound(found, profiles);
    manager = found;
    let read = pathsOf(found).join();
    found.onChange(() => {
      tell();
      const paths = pathsOf(found).join();
      if (paths === read) return;
      read = paths;
      readProfiles(found).then(
        (now) => {
          profiles = now;
          tell();
        },
        () => {}, // it is gone, and everything is read again from the next one
      );
    });
    tell();
    await found.gone;
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      let found: Manager | undefined;
      try {
        found = await openManager({ busAddress });
        stopped.signal.addEventListener('abort', found.close);
        if (stopped.signal.aborted) found.close();
        await follow(found);
      } catch {
        // None is there, or it went away while it was being read: `manager()` says so.
      }
      if (found) {
        stopped.signal.removeEventListener('abort', found.close);
        found.close();
      }
      manager = undefined;
      tell();
      await sleep(LOOK_AGAIN_MS, undefined, { signal: stopped.signal }).catch(() => {});
    }
  }

  return {
    manager: () => manager,
    profiles: () => profiles,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    until(isSo, withinMs) {
      if (isSo()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const late = AbortSignal.any([stopped.signal, AbortSignal.timeout(withinMs)]);
        const end = (result: boolean) => {
          listeners.delete(ask);
          late.removeEventListener('abort', giveUp);
          resolve(result);
        };
        const ask = () => {
          if (isSo()) end(true);
        };
        const giveUp = () => end(false);
        listeners.add(ask);
        late.addEventListener('abort', giveUp);
        if (late.aborted) giveUp();
      });
    },
    start() {
      running = run();
    },
    async stop() {
      stopped.abort();
      await running;
      listeners.clear();
    },
  };
}

const PROFILE = `${NM}.Settings.Connection`;

const pathsOf = (manager: Manager): string[] =>
  Object.entries(manager.objects()).flatMap(([path, of]) => (PROFILE in of ? [path] : []));

async function readProfiles(manager: Manager): Promise<KnownProfile[]> {
  const settings = pathsOf(manager).map(async (path) => {
    const call = { path, interface: '.Settings.Connection', member: 'GetSettings' };
    return knownProfile(path, await manager.call<Profile>(call));
  });
  const read = await Promise.allSettled(settings);
  // One that was deleted meanwhile is none.
  return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
