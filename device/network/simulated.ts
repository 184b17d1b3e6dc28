import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import { z } from 'zod';
import type { JoinRequest, Reach } from '../booth.ts';
import type { AccessPoint, JoinOutcome, Network, NetworkState } from './network.ts';

/** A network of the simulated venue. Without a password it is open; `hidden` ones are not in the list. */
export interface SimulatedAccessPoint {
  ssid: string;
  strength: number;
  password?: string;
  hidden?: boolean;
  band: '2.4' | '5';
}

/** The simulated venue; the demo page tells these passwords. */
export const VENUE: readonly SimulatedAccessPoint[] = [
  { ssid: 'Salle des fêtes', strength: 92, password: 'lavande2026', band: '5' },
  { ssid: 'L’Auberge d’Élise & Co', strength: 64, password: 'tarte aux pommes', band: '2.4' },
  { ssid: 'Mairie‑Public', strength: 38, band: '2.4' },
  { ssid: 'Coulisses', strength: 55, password: 'rideau-rouge', hidden: true, band: '2.4' },
];

const savedState = z.object({
  reach: z.enum(['none', 'offline', 'captive', 'online']),
  ssid: z.string().optional(),
});

export interface SimulatedNetwork extends Network {
  /** Changes the world around the booth. `none` also makes it forget the networks it knew. */
  setReach(reach: Reach): Promise<void>;
}

/**
 * A network that is played, for the demo and for tests: no radio, the same interface. It begins online (the
 * machine's own connection) and remembers over restarts, as the real one does, in `network.json`.
 */
export function createSimulatedNetwork({
  dataDir,
  joinMs = 2_000,
}: {
  dataDir: string;
  /** How long joining a network takes. */
  joinMs?: number;
}): SimulatedNetwork {
  const path = join(dataDir, 'network.json');
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  let state = within({ reach: 'none' });

  let changes: Promise<void> = Promise.resolve();

  /**
   * A network that was joined is known until the world makes the booth forget it. One change after the other: the
   * demo page may change the world while a network is being joined.
   */
  function change(to: NetworkState): Promise<void> {
    const changed = changes.then(async () => {
      if (to.reach !== state.reach || to.ssid !== state.ssid) {
        await writeDurably(path, `${JSON.stringify({ reach: to.reach, ssid: to.ssid })}\n`);
      }
      state = to;
      for (const listener of listeners) listener();
    });
    changes = changed.catch(() => {});
    return changed;
  }

  const pause = () => sleep(joinMs, undefined, { signal: stopped.signal });

  return {
    async start() {
      state = within(await readState(path));
    },
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scan: async () => inSight(),
    async rescan() {
      const { hotspotOpen } = state;
      await change({ ...state, hotspotOpen: false });
      await pause();
      await change({ ...state, hotspotOpen });
      return inSight();
    },
    async join(request, onStep) {
      await change(within({ reach: 'none' }));
      onStep?.('associating');
      await pause();
      const outcome = tryToJoin(request);
      if (outcome.kind === 'failed') return outcome;
      onStep?.('address');
      onStep?.('internet');
      await change(within({ reach: 'online', ...(request.kind === 'wifi' && { ssid: request.ssid }) }));
      return outcome;
    },
    openHotspot: () => change({ ...within({ reach: 'none' }), hotspotOpen: true }),
    closeHotspot: () => change({ ...state, hotspotOpen: false }),
    async forget(ssid) {
      if (ssid === state.ssid) await change({ ...within({ reach: 'none' }), hotspotOpen: state.hotspotOpen });
    },
    // The law of the simulated country allows everything.
    setCountry: async () => {},
    async stop() {
      stopped.abort();
      listeners.clear();
    },
    async setReach(reach) {
      const ssid = reach === 'none' ? undefined : (state.ssid ?? VENUE[0]?.ssid);
      const hotspotOpen = reach === 'none' && state.hotspotOpen;
      await change({ ...within({ reach, ...(ssid !== undefined && { ssid }) }), hotspotOpen });
    },
  };
}

/** The state in a network, or in none. */
function within({ reach, ssid }: Pick<NetworkState, 'reach' | 'ssid'>): NetworkState {
  return {
    reach,
    ...(ssid !== undefined && { ssid }),
    ...(reach !== 'none' && { via: ssid === undefined ? ('cable' as const) : ('wifi' as const) }),
    hotspotOpen: false,
    phones: 0,
    knowsNetworks: reach !== 'none' && ssid !== undefined,
  };
}

function inSight(): AccessPoint[] {
  return VENUE.filter(({ hidden }) => !hidden)
    .map(({ ssid, strength, password, band }) => ({ ssid, strength, band, secured: password !== undefined }))
    .sort((a, b) => b.strength - a.strength);
}

function tryToJoin(request: JoinRequest): JoinOutcome {
  if (request.kind === 'cable') return { kind: 'joined' };
  const { ssid, password, hidden } = request;
  const found = VENUE.find((network) => network.ssid === ssid && (hidden || !network.hidden));
  if (!found) return { kind: 'failed', reason: 'not-found' };
  if (found.password !== password) return { kind: 'failed', reason: 'wrong-password' };
  return { kind: 'joined' };
}

async function readState(path: string): Promise<Pick<NetworkState, 'reach' | 'ssid'>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return { reach: 'online' };
    throw cause;
  }
  const { reach, ssid } = savedState.parse(JSON.parse(text));
  return ssid === undefined ? { reach } : { reach, ssid };
}
