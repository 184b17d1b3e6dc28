import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { JoinStep } from '../../booth.ts';
import type { Hotspot } from '../hotspot.ts';
import type { Network, NetworkState } from '../network.ts';
import { createAttempts, findReach } from './attempts.ts';
import { createCountry } from './country.ts';
import { countStations } from './iw.ts';
import { createKnown } from './known.ts';
import { createLookout } from './lookout.ts';
import type { Manager } from './manager.ts';
import { createNmcli } from './nmcli.ts';
import { createOwnHotspot } from './own-hotspot.ts';
import { HOTSPOT_UUID, OURS } from './profiles.ts';
import { createUpkeep } from './upkeep.ts';
import { createWatch } from './watch.ts';
import { activeOf, describeWorld, isComing, isSaved, type KnownProfile } from './world.ts';

export const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
/** Routers boot slowly, and after a power cut everything boots at once. */
const PATIENCE_MS = 75_000;
/** How often it is seen to that things are as they should be. */
const TEND_MS = 5_000;
/** NetworkManager gives up a network for good that once refused the password, as a starting router may. */
const NUDGE_MS = 60_000;
/** For news that are on their way. */
const SETTLE_MS = 3_000;

const NOTHING: NetworkState = { reach: 'none', hotspotOpen: false, phones: 0, knowsNetworks: false };

/**
 * The network of a real booth. What NetworkManager knows is not kept a second time: the state is read from its
 * objects each time that they change. Kept is only what is wanted: a hotspot, or none. Whatever is in its way
 * (NetworkManager restarted, the card pulled, the radio blocked), it is opened when that is over.
 */
export function createNetworkManager({
  dataDir,
  busAddress = SYSTEM_BUS,
  patienceMs = PATIENCE_MS,
  tendMs = TEND_MS,
  nudgeMs = NUDGE_MS,
  log,
}: {
  /** Where the country is remembered. */
  dataDir: string;
  busAddress?: string;
  /** How long a known network may take to answer at the start. */
  patienceMs?: number;
  tendMs?: number;
  /** After a lost network, before NetworkManager is asked to look for a known one again. */
  nudgeMs?: number;
  log: Logger;
}): Network {
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  let state: NetworkState = { ...NOTHING, trouble: 'no-manager' };
  let wanted: Hotspot | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let tending: Promise<void> = Promise.resolve();
  let stopLooking = () => {};

  const country = createCountry({ dataDir, log });
  const nmcli = createNmcli({ busAddress, signal: stopped.signal, log });
  const watch = createWatch({ busAddress, onFound: tidyUp });
  const known = createKnown({ watch, nmcli });
  const lookout = createLookout({ watch });
  const ownHotspot = createOwnHotspot({ watch, nmcli, known, lookout });
  const attempts = createAttempts({
    ...{ watch, nmcli, known, lookout, log },
    reach: () => state.reach,
    pauseMs: tendMs,
    signal: stopped.signal,
  });
  const upkeep = createUpkeep({
    ...{ watch, nmcli, tendMs, nudgeMs },
    state: () => state,
    isHotspotWanted: () => wanted !== undefined,
    openHotspot: openWanted,
    countPhones: async (device) => tell({ ...state, phones: await countStations(device) }),
    inTurn: (work) => inTurn(() => attempt(work)),
  });

  /** What NetworkManager refuses, or what its end cuts short, is seen to by the upkeep. */
  const attempt = (work: () => Promise<void>): Promise<void> =>
    // Only what it says: what it was asked may hold a password.
    work().catch((err: unknown) => log.warn({ why: String(err) }, 'NetworkManager refused'));

  /** The radio does one thing after the other. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  function tell(to: NetworkState): void {
    if (isDeepStrictEqual(to, state)) return;
    const { reach, hotspotOpen, trouble } = to;
    if (!isDeepStrictEqual({ ...to, phones: 0 }, { ...state, phones: 0 })) {
      log.info({ reach, hotspotOpen, trouble }, 'network');
    }
    state = to;
    for (const listener of [...listeners]) listener();
  }

  function look(): void {
    const manager = watch.manager();
    if (!manager) {
      tell({ ...NOTHING, trouble: 'no-manager' });
      return;
    }
    const world = describeWorld(manager.objects(), watch.profiles());
    tell({ ...world, phones: world.hotspotOpen ? state.phones : 0 });
  }

  /** A daemon that was killed may have left an open hotspot without a page, or a profile that was being tried. */
  async function tidyUp(manager: Manager, profiles: readonly KnownProfile[]): Promise<void> {
    const tree = manager.objects();
    for (const profile of profiles) {
      if (profile.uuid === HOTSPOT_UUID || !profile.id.startsWith(OURS) || isSaved(tree, profile)) continue;
      await nmcli.remove(profile.uuid);
    }
    if (!wanted && activeOf(tree, HOTSPOT_UUID)) await nmcli.down(HOTSPOT_UUID);
  }

  async function openWanted(): Promise<void> {
    if (wanted) await ownHotspot.open(wanted);
  }

  /** Nothing that is known, and nothing on its way: then there is nothing to wait for. */
  const isSettled = () => {
    const tree = watch.manager()?.objects();
    return state.reach !== 'none' || (tree !== undefined && !state.knowsNetworks && !isComing(tree));
  };

  return {
    async start() {
      await country.apply();
      stopLooking = watch.onChange(look);
      watch.start();
      tending = upkeep.run(stopped.signal);
      await watch.until(isSettled, patienceMs);
      if (state.reach !== 'none') await findReach(watch);
    },
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scan: () =>
      inTurn(async () => {
        if (state.hotspotOpen) return lookout.kept();
        await lookout.look();
        lookout.keep();
        return lookout.kept();
      }),
    rescan: () =>
      inTurn(async () => {
        await attempt(async () => {
          await ownHotspot.close();
          await lookout.look();
          lookout.keep();
        });
        await attempt(openWanted);
        return lookout.kept();
      }),
    join: (request, onStep = () => {}) =>
      inTurn(async () => {
        wanted = undefined;
        const told = new Set<JoinStep>();
        const tellOnce = (step: JoinStep) => {
          if (!told.has(step)) onStep(step);
          told.add(step);
        };
        tellOnce('associating');
        await ownHotspot.close();
        return attempts(request, tellOnce);
      }),
    openHotspot(hotspot) {
      wanted = hotspot;
      return inTurn(() => attempt(openWanted));
    },
    closeHotspot() {
      wanted = undefined;
      upkeep.hurry();
      return inTurn(() => attempt(ownHotspot.close));
    },
    forget: (ssid) => inTurn(() => known.forget(ssid)),
    setCountry: country.set,
    async stop() {
      listeners.clear();
      const { hotspotOpen } = state;
      stopLooking();
      // Whatever waits for NetworkManager or for nmcli ends with them.
      stopped.abort();
      await watch.stop();
      await Promise.all([tending, turn]);
      const last = createNmcli({ busAddress, deadlineMs: SETTLE_MS, log });
      if (hotspotOpen) await last.down(HOTSPOT_UUID);
    },
  };
}
