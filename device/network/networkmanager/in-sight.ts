import { type AccessPoint, MAX_NETWORKS } from '../network.ts';
import type { Security } from './profiles.ts';

/** What NetworkManager says of an access point. */
export interface SeenAccessPoint {
  Ssid: Uint8Array;
  /** 0 to 100. */
  Strength: number;
  Flags: number;
  WpaFlags: number;
  RsnFlags: number;
  /** MHz */
  Frequency: number;
}

/** NM80211ApFlags and NM80211ApSecurityFlags */
const PRIVACY = 0x1;
const PSK = 0x100;
const ENTERPRISE = 0x200;
const SAE = 0x400;

/** How to talk to it: the oldest way that is still safe, because not every card that says it knows WPA3 does. */
export function securityOf({ Flags, WpaFlags, RsnFlags }: SeenAccessPoint): Security {
  const ways = WpaFlags | RsnFlags;
  if (ways & ENTERPRISE) return 'wpa-eap';
  if (ways & PSK) return 'wpa-psk';
  if (ways & SAE) return 'sae';
  return ways === 0 && Flags & PRIVACY ? 'wpa-psk' : 'none';
}

/** May it be joined by WPA3? */
export const takesSae = ({ WpaFlags, RsnFlags }: SeenAccessPoint): boolean =>
  ((WpaFlags | RsnFlags) & SAE) !== 0;

/** A name as a person reads it, and in hex when that is not all there is to it. */
export function nameOf(bytes: Uint8Array): { ssid: string; bytes?: string } {
  const ssid = Buffer.from(bytes).toString();
  return Buffer.from(ssid).equals(bytes) ? { ssid } : { ssid, bytes: Buffer.from(bytes).toString('hex') };
}

/** The list for the setup page: strongest first, each name once, without those that hide theirs. */
export function listOf(seen: readonly SeenAccessPoint[]): AccessPoint[] {
  const strongestFirst = seen
    .filter(({ Ssid }) => Ssid.some((byte) => byte !== 0))
    .sort((a, b) => b.Strength - a.Strength);
  const list = new Map<string, AccessPoint>();
  for (const point of strongestFirst) {
    const key = Buffer.from(point.Ssid).toString('hex');
    if (list.has(key)) continue;
    const security = securityOf(point);
    list.set(key, {
      ...nameOf(point.Ssid),
      strength: point.Strength,
      secured: security !== 'none',
      ...(security === 'wpa-eap' && { enterprise: true }),
      band: point.Frequency < 3_000 ? '2.4' : '5',
    });
  }
  return [...list.values()].slice(0, MAX_NETWORKS);
}
