import { Variant } from 'dbus-native';
import type { JoinRequest } from '../../booth.ts';
import { HOTSPOT_ADDRESS } from '../hotspot.ts';

/** A profile as NetworkManager takes and gives it: settings by section. */
export type Profile = Record<string, Record<string, unknown>>;

export const WIFI = '802-11-wireless';
const CABLE = '802-3-ethernet';
const SECURITY = '802-11-wireless-security';

/** The hotspot of every booth has this one, so that one that was left by a killed daemon is found again. */
export const HOTSPOT_UUID = '5a1f3c0e-7b52-4d0c-9a56-f0709a70ba11';
/** Profiles that the booth made have names that begin like this. */
export const OURS = 'photomaton';

/** How a network wants to be talked to. */
export type Security = 'none' | 'wpa-psk' | 'sae' | 'wpa-eap';

/** An SSID is bytes; in a request that is text, or hex for what no text could say. */
export function ssidBytes({ ssid, bytes }: { ssid: string; bytes?: string }): Buffer {
  return bytes === undefined ? Buffer.from(ssid) : Buffer.from(bytes, 'hex');
}

/** The profile with which NetworkManager joins what was asked for, for ever: a booth has nobody to ask again. */
export function profileOf(
  request: JoinRequest,
  { uuid, security, device }: { uuid: string; security?: Security; device?: string },
): Profile {
  const name = request.kind === 'wifi' ? request.ssid : 'cable';
  const connection = {
    ...{ id: `${OURS} ${name}`, uuid, type: request.kind === 'wifi' ? WIFI : CABLE },
    ...(device !== undefined && { 'interface-name': device }),
    'autoconnect-retries': 0,
  };
  if (request.kind === 'cable') {
    return { connection, [CABLE]: {}, ipv4: ipv4Of(request.fixed), ipv6: { method: 'auto' } };
  }
  return {
    connection,
    [WIFI]: {
      ssid: ssidBytes(request),
      mode: 'infrastructure',
      ...(request.hidden && { hidden: true }),
    },
    ...securityOf(request, security),
    ipv4: ipv4Of(undefined),
    ipv6: { method: 'auto' },
  };
}

function securityOf(
  { password, identity }: Extract<JoinRequest, { kind: 'wifi' }>,
  security: Security | undefined,
): Profile {
  if (identity !== undefined) {
    return {
      [SECURITY]: { 'key-mgmt': 'wpa-eap' },
      '802-1x': { eap: ['peap'], identity, 'phase2-auth': 'mschapv2', password: password ?? '' },
    };
  }
  if (password === undefined) return {};
  return { [SECURITY]: { 'key-mgmt': security === 'sae' ? 'sae' : 'wpa-psk', psk: password } };
}

function ipv4Of(fixed: Extract<JoinRequest, { kind: 'cable' }>['fixed']): Record<string, unknown> {
  if (!fixed) return { method: 'auto' };
  const [address = '', prefix] = fixed.address.split('/');
  return {
    method: 'manual',
    'address-data': [{ address, prefix: new Variant('u', Number(prefix)) }],
    gateway: fixed.gateway,
    dns: new Variant('au', fixed.dns.map(addressNumber)),
  };
}

/** As NetworkManager wants it: the four bytes in network order, read by a little-endian machine. */
const addressNumber = (address: string) => Buffer.from(address.split('.').map(Number)).readUInt32LE();

/**
 * The booth's own network: one that every phone takes. Protected management frames are off because the Raspberry
 * Pi's chip cannot do them as an access point, IPv6 is off because the page is found through IPv4's answers alone.
 */
export function hotspotProfile({
  ssid,
  password,
  device,
}: {
  ssid: string;
  password: string;
  device: string;
}): Profile {
  return {
    connection: {
      ...{ id: `${OURS} hotspot`, uuid: HOTSPOT_UUID, type: WIFI },
      ...{ 'interface-name': device, autoconnect: false },
    },
    [WIFI]: { ssid: Buffer.from(ssid), mode: 'ap', band: 'bg', channel: new Variant('u', 6) },
    [SECURITY]: {
      ...{ 'key-mgmt': 'wpa-psk', psk: password },
      ...{ proto: ['rsn'], pairwise: ['ccmp'], group: ['ccmp'], pmf: 1 },
    },
    ipv4: {
      method: 'shared',
      'address-data': [{ address: HOTSPOT_ADDRESS, prefix: new Variant('u', 24) }],
    },
    ipv6: { method: 'disabled' },
  };
}
