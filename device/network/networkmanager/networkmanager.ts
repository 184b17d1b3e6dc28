import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { writeDurably } from '@photomaton/couch/durable-file';
import type { Logger } from 'pino';
import type { JoinRequest, JoinStep } from '../../booth.ts';
import type { AccessPoint, JoinOutcome, Network, NetworkState } from '../network.ts';
import { listOf, nameOf } from './in-sight.ts';
import { countStations, setRegion } from './iw.ts';
import { isFinal, tryToJoin } from './joining.ts';
import { type Manager, NM_PATH } from './manager.ts';
import { createNmcli, type NmcliOutcome } from './nmcli.ts';
import { HOTSPOT_UUID, hotspotProfile, OURS, ssidBytes } from './profiles.ts';
import { createWatch } from './watch.ts';
import {
  accessPoints,
  activeOf,
  describeWorld,
  isComing,
  isHotspotOpen,
  isSaved,
  isSwitchedOff,
  type KnownProfile,
  lastScan,
  wifiDevice,
} from './world.ts';

export const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';
/** Routers boot slowly, and after a power cut everything boots at once. */
const PATIENCE_MS = 75_000;
/** How often it is seen to that things are as they should be. */
const TEND_MS = 5_000;
/** NetworkManager gives up a network for good that once refused the password, as a starting router may. */
const NUDGE_MS = 60_000;
const SCAN_MS = 15_000;
/** NetworkManager itself gives up an association after 25 s, and asking for an address after 45. */
const JOIN_MS = 90_000;
const TRIES = 3;
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
  const countryFile = join(dataDir, 'country');
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  const nmcli = createNmcli({ busAddress, signal: stopped.signal });
  let state: NetworkState = { ...NOTHING, trouble: 'no-manager' };
  let wanted: { ssid: string; password: string } | undefined;
  /** Of the time before the hotspot: a radio that is one cannot look around. */
  let kept: AccessPoint[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let tending: Promise<void> = Promise.resolve();
  let nudgedAt = performance.now();
  let stopLooking = () => {};

  const watch = createWatch({ busAddress, onFound: tidyUp });

  /** Only what it says: what it was asked may hold a password. */
  const refused = (err: unknown) => log.warn({ why: String(err) }, 'NetworkManager refused');

  /** What NetworkManager refuses, or what its end cuts short, is seen to by `tend`. */
  const attempt = (work: () => Promise<void>): Promise<void> => work().catch(refused);

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

  /** What nmcli could not do is tried again, or shows in the state. */
  function noted(doing: string, outcome: NmcliOutcome): boolean {
    if (outcome.kind === 'failed') log.warn({ doing, why: outcome.why, said: outcome.said }, 'nmcli failed');
    return outcome.kind === 'done';
  }

  /** A daemon that was killed may have left an open hotspot without a page, or a profile that was being tried. */
  async function tidyUp(manager: Manager, profiles: readonly KnownProfile[]): Promise<void> {
    const tree = manager.objects();
    for (const profile of profiles) {
      if (profile.uuid === HOTSPOT_UUID || !profile.id.startsWith(OURS) || isSaved(tree, profile)) continue;
      noted('tidy up', await nmcli.remove(profile.uuid));
    }
    if (!wanted && activeOf(tree, HOTSPOT_UUID)) noted('tidy up', await nmcli.down(HOTSPOT_UUID));
  }

  async function lookAround(manager: Manager): Promise<void> {
    const device = wifiDevice(manager.objects());
    if (!device) return;
    const before = lastScan(manager.objects(), device);
    // Refused while it is scanning by itself: that scan will do.
    const call = { path: device.path, interface: '.Device.Wireless', member: 'RequestScan' };
    await manager.call({ ...call, signature: 'a{sv}', body: [{}] }).catch(() => {});
    await watch.until(() => lastScan(manager.objects(), device) !== before, SCAN_MS);
  }

  async function open(hotspot: { ssid: string; password: string }): Promise<void> {
    const manager = watch.manager();
    const device = manager && wifiDevice(manager.objects());
    if (!manager || !device || isHotspotOpen(manager.objects())) return;
    if (accessPoints(manager.objects()).length === 0) await lookAround(manager);
    const seen = listOf(accessPoints(manager.objects()));
    if (seen.length > 0) kept = seen;
    await removeProfile(HOTSPOT_UUID);
    await manager.call({
      ...{ path: `${NM_PATH}/Settings`, interface: '.Settings', member: 'AddConnectionUnsaved' },
      ...{ signature: 'a{sa{sv}}', body: [hotspotProfile({ ...hotspot, device: device.Interface })] },
    });
    if (noted('open the hotspot', await nmcli.up(HOTSPOT_UUID))) {
      await watch.until(() => state.hotspotOpen, SETTLE_MS);
    }
  }

  async function close(): Promise<void> {
    const manager = watch.manager();
    if (!manager || !activeOf(manager.objects(), HOTSPOT_UUID)) return;
    noted('close the hotspot', await nmcli.down(HOTSPOT_UUID));
    await watch.until(() => !activeOf(manager.objects(), HOTSPOT_UUID), SETTLE_MS);
  }

  async function removeProfile(uuid: string): Promise<void> {
    if (!watch.profiles().some((profile) => profile.uuid === uuid)) return;
    noted('remove a profile', await nmcli.remove(uuid));
    await watch.until(() => !watch.profiles().some((profile) => profile.uuid === uuid), SETTLE_MS);
  }

  /** Profiles of the same network, but the one that has just worked. */
  const olderThan = (uuid: string, request: JoinRequest): KnownProfile[] =>
    watch.profiles().filter((profile) => {
      if (profile.uuid === uuid) return false;
      if (request.kind === 'wifi') return profile.ssid && ssidBytes(request).equals(profile.ssid);
      return profile.id === `${OURS} cable`;
    });

  async function joinOnce(request: JoinRequest, onStep: (step: JoinStep) => void): Promise<JoinOutcome> {
    const manager = watch.manager();
    if (!manager) return { kind: 'failed', reason: 'no-answer' };
    const { uuid, ...outcome } = await tryToJoin({ request, manager, nmcli, deadlineMs: JOIN_MS, onStep });
    if (uuid === undefined) return outcome;
    onStep('internet');
    for (const older of olderThan(uuid, request)) await removeProfile(older.uuid);
    await watch.until(() => state.reach !== 'none', SETTLE_MS);
    await findReach();
    return outcome;
  }

  /** A network that has just come goes nowhere until NetworkManager has looked: it answers when it has. */
  async function findReach(): Promise<void> {
    if (state.reach === 'none') return;
    const call = { path: NM_PATH, interface: '', member: 'CheckConnectivity' };
    await watch
      .manager()
      ?.call(call)
      .catch(() => {});
  }

  /** A network that is just being switched on is there a moment later. */
  async function beforeAgain(request: JoinRequest): Promise<void> {
    await sleep(tendMs, undefined, { signal: stopped.signal }).catch(() => {});
    const manager = watch.manager();
    if (manager && request.kind === 'wifi') await lookAround(manager);
  }

  /** Settings that it does not take at all: the form lets only a password through that could be one. */
  function refusal(err: { dbusName?: string }): JoinOutcome {
    refused(err);
    const isPassword = err.dbusName?.endsWith('.InvalidProperty');
    return { kind: 'failed', reason: isPassword ? 'wrong-password' : 'no-answer' };
  }

  /** What should be and is not. */
  async function tend(): Promise<void> {
    const manager = watch.manager();
    if (!manager) return;
    const tree = manager.objects();
    const device = wifiDevice(tree);
    if (isSwitchedOff(tree)) noted('switch the radio on', await nmcli.unblockRadio());
    else if (wanted && !state.hotspotOpen) await open(wanted);
    else if (state.hotspotOpen && device) tell({ ...state, phones: await countStations(device.Interface) });
    else if (device && !wanted && isLost()) await nudge(manager, device.path);
  }

  const isLost = () =>
    state.reach === 'none' && state.knowsNetworks && performance.now() - nudgedAt > nudgeMs;

  async function nudge(manager: Manager, device: string): Promise<void> {
    nudgedAt = performance.now();
    if (isComing(manager.objects())) return;
    // Of "/" and "/" it makes the best it knows; when there is none in sight it says so, and that is known.
    const call = { path: NM_PATH, interface: '', member: 'ActivateConnection' };
    await manager.call({ ...call, signature: 'ooo', body: ['/', device, '/'] }).catch(() => {});
  }

  async function tendForEver(): Promise<void> {
    const { signal } = stopped;
    while (!signal.aborted) {
      await sleep(tendMs, undefined, { signal }).catch(() => {});
      if (!signal.aborted) await inTurn(() => attempt(tend));
    }
  }

  async function applyCountry(): Promise<void> {
    const code = await readFile(countryFile, 'utf8').catch((err: NodeJS.ErrnoException) => {
      if (err.code !== 'ENOENT') throw err;
    });
    if (code === undefined) return;
    await setRegion(code).catch((err: unknown) => log.warn({ err, code }, 'the country could not be set'));
  }

  /** Nothing that is known, and nothing on its way: then there is nothing to wait for. */
  const isSettled = () => {
    const tree = watch.manager()?.objects();
    return state.reach !== 'none' || (tree !== undefined && !state.knowsNetworks && !isComing(tree));
  };

  return {
    async start() {
      await applyCountry();
      stopLooking = watch.onChange(look);
      watch.start();
      tending = tendForEver();
      await watch.until(isSettled, patienceMs);
      await findReach();
    },
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    scan: () =>
      inTurn(async () => {
        const manager = watch.manager();
        if (!manager || state.hotspotOpen) return kept;
        await lookAround(manager);
        kept = listOf(accessPoints(manager.objects()));
        return kept;
      }),
    rescan: () =>
      inTurn(async () => {
        const manager = watch.manager();
        if (!manager) return kept;
        await attempt(async () => {
          await close();
          await lookAround(manager);
          kept = listOf(accessPoints(manager.objects()));
        });
        const hotspot = wanted;
        if (hotspot) await attempt(() => open(hotspot));
        return kept;
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
        await close();
        let outcome: JoinOutcome = { kind: 'failed', reason: 'no-answer' };
        for (let tries = 0; tries < TRIES && !isFinal(outcome); tries += 1) {
          if (tries > 0) await beforeAgain(request);
          outcome = await joinOnce(request, tellOnce).catch(refusal);
        }
        return outcome;
      }),
    openHotspot(hotspot) {
      wanted = hotspot;
      return inTurn(() => attempt(() => open(hotspot)));
    },
    closeHotspot() {
      wanted = undefined;
      nudgedAt = Number.NEGATIVE_INFINITY;
      return inTurn(() => attempt(close));
    },
    forget: (ssid) =>
      inTurn(async () => {
        for (const profile of watch.profiles()) {
          if (profile.ssid && nameOf(profile.ssid).ssid === ssid) await removeProfile(profile.uuid);
        }
      }),
    async setCountry(code) {
      await writeDurably(countryFile, code);
      await applyCountry();
    },
    async stop() {
      listeners.clear();
      const { hotspotOpen } = state;
      stopLooking();
      // Whatever waits for NetworkManager or for nmcli ends with them.
      stopped.abort();
      await watch.stop();
      await Promise.all([tending, turn]);
      const last = createNmcli({ busAddress, deadlineMs: SETTLE_MS });
      if (hotspotOpen) noted('close the hotspot', await last.down(HOTSPOT_UUID));
    },
  };
}
