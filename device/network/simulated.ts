import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeDurably } from '@photomaton/couch/durable-file';
import { z } from 'zod';
import type { JoinRequest, Reach } from '../booth.ts';
import type { JoinOutcome, Network, NetworkState } from './network.ts';

/** A network of the simulated venue. Without a password it is open; `hidden` ones are not in the list. */
export interface SimulatedAccessPoint {
  ssid: string;
  strength: number;
  password?: string;
  hidden?: boolean;
}

/** The simulated venue; the demo page tells these passwords. */
export const VENUE: readonly SimulatedAccessPoint[] = [
  { ssid: 'Salle des fêtes', strength: 92, password: 'lavande2026' },
  { ssid: 'L’Auberge d’Élise & Co', strength: 64, password: 'tarte aux pommes' },
  { ssid: 'Mairie‑Public', strength: 38 },
  { ssid: 'Coulisses', strength: 55, password: 'rideau-rouge', hidden: true },
];

const savedState = z.object({
  reach: z.enum(['none', 'offline', 'online']),
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
  let state: NetworkState = { reach: 'none', hotspotOpen: false };

  async function change(to: NetworkState): Promise<void> {
    if (to.reach !== state.reach || to.ssid !== state.ssid) {
      await writeDurably(path, `${JSON.stringify({ reach: to.reach, ssid: to.ssid })}\n`);
    }
    state = to;
    for (const listener of listeners) listener();
  }

  return {
    async start() {
      state = { ...(await readState(path)), hotspotOpen: false };
    },
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async scan() {
      return VENUE.filter(({ hidden }) => !hidden)
        .map(({ ssid, strength, password }) => ({ ssid, strength, secured: password !== undefined }))
        .sort((a, b) => b.strength - a.strength);
    },
    async join(request) {
      await change({ reach: 'none', hotspotOpen: false });
      await sleep(joinMs, undefined, { signal: stopped.signal });
      const outcome = tryToJoin(request);
      if (outcome.kind === 'joined')
        await change({ reach: 'online', ssid: request.ssid, hotspotOpen: false });
      return outcome;
    },
    openHotspot: () => change({ reach: 'none', hotspotOpen: true }),
    closeHotspot: () => change({ ...state, hotspotOpen: false }),
    async stop() {
      stopped.abort();
      listeners.clear();
    },
    async setReach(reach) {
      const ssid = reach === 'none' ? {} : { ssid: state.ssid ?? VENUE[0]?.ssid ?? '' };
      await change({ reach, ...ssid, hotspotOpen: reach === 'none' && state.hotspotOpen });
    },
  };
}

function tryToJoin({ ssid, password, hidden }: JoinRequest): JoinOutcome {
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
