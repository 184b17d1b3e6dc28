import { hkdfSync } from 'node:crypto';
import { serialOf } from '@photomaton/design-docs/docs';
import type { Identity } from '../pairing/identity.ts';

export interface Hotspot {
  ssid: string;
  password: string;
}

/** The booth's own address in its hotspot: what NetworkManager gives a shared connection. */
export const HOTSPOT_ADDRESS = '10.42.0.1';

/** No letter that could be taken for another one, on a screen read from two metres. */
const ALPHABET = 'abdefghkmnprtwxy346789';
const LENGTH = 10;

/**
 * The hotspot of this booth: the same name and password for ever, so that a phone that failed once finds
 * it again by itself. Derived from the share secret, which never changes: nothing more to keep.
 */
export function hotspotOf({ booth, shareSecret }: Pick<Identity, 'booth' | 'shareSecret'>): Hotspot {
  const secret = Buffer.from(shareSecret, 'base64url');
  const bytes = new Uint8Array(hkdfSync('sha256', secret, '', 'photomaton hotspot password', LENGTH));
  const password = [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return { ssid: `Photomaton-${serialOf(booth)}`, password };
}

/** What a Wi-Fi QR code says (the form that phone cameras understand, with its five special characters). */
export function wifiQrText({ ssid, password }: Hotspot): string {
  const quoted = (text: string) => text.replaceAll(/[\\;,:"]/g, '\\$&');
  return `WIFI:T:WPA;S:${quoted(ssid)};P:${quoted(password)};;`;
}
