import { createHmac, timingSafeEqual } from 'node:crypto';
import { type BoothId, isBoothId } from './docs.ts';

/**
 * The share link of a photo: `/p/<booth>-<n>.<mac>`. It is made on the booth at capture and works before
 * the photo is uploaded: the MAC (128 bits of HMAC-SHA-256 under the booth's share secret) tells a true
 * link from junk while the portal knows nothing of the photo yet. It never carries the time.
 */
export interface ShareKey {
  booth: BoothId;
  n: number;
}

const MAC_BYTES = 16;

function mac(secret: Uint8Array, { booth, n }: ShareKey): Buffer {
  return createHmac('sha256', secret)
    .update(`photomaton share ${booth}-${n}`)
    .digest()
    .subarray(0, MAC_BYTES);
}

/** The path of the link, from `/p/` on. */
export function sharePath(secret: Uint8Array, key: ShareKey): string {
  return `/p/${key.booth}-${key.n}.${mac(secret, key).toString('base64url')}`;
}

/** The parts of what follows `/p/`, or undefined when it has not the form of a link. Proves nothing yet. */
export function parseShareToken(token: string): (ShareKey & { mac: Buffer }) | undefined {
  const m = /^([0-9a-f]{24})-([1-9]\d{0,8})\.([A-Za-z0-9_-]{22})$/.exec(token);
  if (!m || !isBoothId(m[1])) return undefined;
  return { booth: m[1], n: Number(m[2]), mac: Buffer.from(m[3] as string, 'base64url') };
}

/** Was this link made with the booth's share secret? Takes the same time whatever the answer. */
export function isTrueShare(secret: Uint8Array, share: ShareKey & { mac: Buffer }): boolean {
  return share.mac.length === MAC_BYTES && timingSafeEqual(share.mac, mac(secret, share));
}
