import type { ManagedObjectTree } from 'dbus-native';
import type { Reach } from '../../booth.ts';
import type { NetworkState } from '../network.ts';
import type { SeenAccessPoint } from './in-sight.ts';
import { NM, NM_PATH } from './manager.ts';
import { HOTSPOT_UUID, WIFI } from './profiles.ts';

/** NMDeviceState */
export const DEVICE = { disconnected: 30, needsAddress: 70, failed: 120 } as const;
/** NMActiveConnectionState */
export const ACTIVE = { activating: 1, activated: 2, deactivated: 4 } as const;

export interface Device {
  path: string;
  via: NetworkState['via'];
  Interface: string;
  Driver: string;
  State: number;
}

export interface Active {
  path: string;
  Uuid: string;
  Type: string;
  State: number;
  Devices: string[];
}

/** What the booth keeps of a profile; the list of NetworkManager's objects does not say it. */
export interface KnownProfile {
  path: string;
  uuid: string;
  id: string;
  type: string;
  /** Of a network to join, not of one that the booth opens. */
  ssid?: Uint8Array;
}

/** USB drivers of phones that lend their internet. */
const PHONE_DRIVERS = ['rndis_host', 'ipheth'];
/** What the kernel calls a USB network of just two machines, whatever its driver. */
const PHONE_NAME = /^usb\d+$/;
/** NMConnectivityState */
const CONNECTIVITY = { portal: 2, full: 4 } as const;

interface General {
  Connectivity: number;
  Startup: boolean;
  WirelessEnabled: boolean;
  WirelessHardwareEnabled: boolean;
}

const ofKind = <T>(tree: ManagedObjectTree, kind: string): (T & { path: string })[] =>
  Object.entries(tree).flatMap(([path, interfaces]) => {
    const properties = interfaces[`${NM}.${kind}`];
    return properties ? [{ ...(properties as T), path }] : [];
  });

const general = (tree: ManagedObjectTree) => tree[NM_PATH]?.[NM] as unknown as General | undefined;
/** A device is what it can do: that of a wired one is `Device.Wired`, whatever its kernel calls it. */
const devices = (tree: ManagedObjectTree): Device[] =>
  ofKind<Omit<Device, 'path' | 'via'>>(tree, 'Device').map((device) => {
    const can = (kind: string) => `${NM}.Device.${kind}` in (tree[device.path] ?? {});
    const isTether = PHONE_DRIVERS.includes(device.Driver) || PHONE_NAME.test(device.Interface);
    const isPhone = can('Bluetooth') || can('Modem') || isTether;
    const via = isPhone ? 'phone' : can('Wireless') ? 'wifi' : can('Wired') ? 'cable' : undefined;
    return { ...device, via };
  });
const actives = (tree: ManagedObjectTree) => ofKind<Active>(tree, 'Connection.Active');

export const wifiDevice = (tree: ManagedObjectTree): Device | undefined =>
  devices(tree).find(({ via }) => via === 'wifi');

/** Changes when a look around has ended. */
export const lastScan = (tree: ManagedObjectTree, device: Device): unknown =>
  tree[device.path]?.[`${NM}.Device.Wireless`]?.LastScan;

/** A socket with a cable in it. */
export const cableDevice = (tree: ManagedObjectTree): Device | undefined =>
  devices(tree).find((device) => device.via === 'cable' && device.State >= DEVICE.disconnected);

export const accessPoints = (tree: ManagedObjectTree): SeenAccessPoint[] =>
  ofKind<SeenAccessPoint>(tree, 'AccessPoint');

/** One that has ended is none, although NetworkManager still shows it for a moment. */
export const activeOf = (tree: ManagedObjectTree, uuid: string): Active | undefined =>
  actives(tree).find(({ Uuid, State }) => Uuid === uuid && State !== ACTIVE.deactivated);

export const isHotspotOpen = (tree: ManagedObjectTree): boolean =>
  activeOf(tree, HOTSPOT_UUID)?.State === ACTIVE.activated;

/** Is a network on its way, so that waiting makes sense? */
export const isComing = (tree: ManagedObjectTree): boolean =>
  general(tree)?.Startup === true ||
  actives(tree).some(({ Uuid, State }) => State === ACTIVE.activating && Uuid !== HOTSPOT_UUID);

/** Is the radio off by software, so that the booth can switch it on? */
export function isSwitchedOff(tree: ManagedObjectTree): boolean {
  const now = general(tree);
  return now?.WirelessHardwareEnabled === true && !now.WirelessEnabled;
}

/** One that is being tried is on no disk yet. */
export const isSaved = (tree: ManagedObjectTree, { path }: KnownProfile): boolean =>
  tree[path]?.[`${NM}.Settings.Connection`]?.Unsaved === false;

/** What the booth says of all that. */
export function describeWorld(
  tree: ManagedObjectTree,
  profiles: readonly KnownProfile[],
): Omit<NetworkState, 'phones'> {
  const way = wayOut(tree);
  const profile = way && profiles.find(({ uuid }) => uuid === way.active.Uuid);
  const trouble = troubleOf(tree);
  return {
    reach: way ? reachOf(general(tree)?.Connectivity) : 'none',
    ...(profile?.ssid && { ssid: Buffer.from(profile.ssid).toString() }),
    ...(way && { via: way.via }),
    hotspotOpen: isHotspotOpen(tree),
    knowsNetworks: profiles.some((profile) => profile.ssid && isSaved(tree, profile)),
    ...(trouble && { trouble }),
  };
}

/** The connection that the booth goes out by: cable before phone before Wi-Fi, as NetworkManager's routes. */
function wayOut(
  tree: ManagedObjectTree,
): { active: Active; via: NonNullable<NetworkState['via']> } | undefined {
  const ways = actives(tree).flatMap((active) => {
    if (active.State !== ACTIVE.activated || active.Uuid === HOTSPOT_UUID) return [];
    const via = devices(tree).find(({ path }) => path === active.Devices[0])?.via;
    return via ? [{ active, via }] : [];
  });
  return (['cable', 'phone', 'wifi'] as const)
    .map((wanted) => ways.find(({ via }) => via === wanted))
    .find((way) => way !== undefined);
}

function reachOf(connectivity: number | undefined): Reach {
  if (connectivity === CONNECTIVITY.full) return 'online';
  return connectivity === CONNECTIVITY.portal ? 'captive' : 'offline';
}

function troubleOf(tree: ManagedObjectTree): NetworkState['trouble'] {
  if (!wifiDevice(tree)) return 'no-radio';
  const now = general(tree);
  return now?.WirelessEnabled && now.WirelessHardwareEnabled ? undefined : 'radio-blocked';
}

/** The settings of a profile, as far as the booth keeps them. */
export function knownProfile(path: string, settings: Record<string, Record<string, unknown>>): KnownProfile {
  const { connection = {}, [WIFI]: wifi } = settings;
  const isJoined = wifi?.mode !== 'ap' && wifi?.ssid instanceof Uint8Array;
  return {
    path,
    uuid: String(connection.uuid),
    id: String(connection.id),
    type: String(connection.type),
    ...(isJoined && { ssid: wifi.ssid as Uint8Array }),
  };
}
