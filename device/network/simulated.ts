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
  let state: NetworkState = { reach: 'none', hotspotOpen: false, phones: 0, knowsNetworks: false };

  let changes: Promise<void> = Promise.resolve();

  /** One after the other: the demo page changes the world while the booth joins a network. */
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

  const at = (reach: Reach, hotspotOpen: boolean, ssid?: string): NetworkState => ({
    ...{ reach, hotspotOpen, phones: 0, knowsNetworks: reach !== 'none' },
    ...(ssid !== undefined && { ssid }),
  });
  const pause = () => sleep(joinMs, undefined, { signal: stopped.signal });
  const scan = async () =>
    VENUE.filter(({ hidden }) => !hidden)
      .map(({ ssid, strength, password, band }) => ({
        ssid,
        strength,
        band,
        secured: password !== undefined,
      }))
      .sort((a, b) => b.strength - a.strength);

  return {
    async start() {
      const { reach, ssid } = await readState(path);
      state = at(reach, false, ssid);
    },
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scan,
    async rescan() {
      const { hotspotOpen } = state;
      await change({ ...state, hotspotOpen: false });
      await pause();
      await change({ ...state, hotspotOpen });
      return scan();
    },
    async join(request, onStep) {
      await change(at('none', false));
      onStep?.('associating');
      await pause();
      const outcome = tryToJoin(request);
      if (outcome.kind === 'failed') return outcome;
      onStep?.('address');
      onStep?.('internet');
      await change(at('online', false, request.kind === 'wifi' ? request.ssid : undefined));
      return outcome;
    },
    openHotspot: () => change(at('none', true)),
    closeHotspot: () => change({ ...state, hotspotOpen: false }),
    async forget(ssid) {
      if (state.ssid === ssid) await change(at('none', state.hotspotOpen));
    },
    setCountry: async () => {},
    async stop() {
      stopped.abort();
      listeners.clear();
    },
    async setReach(reach) {
      const ssid = reach === 'none' ? undefined : (state.ssid ?? VENUE[0]?.ssid);
      await change(at(reach, reach === 'none' && state.hotspotOpen, ssid));
    },
  };
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
