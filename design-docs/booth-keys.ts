import { createHash, createHmac } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import type { BoothId } from './docs.ts';

/**
 * The booth's key pair (X25519) and what is sealed to it (libsodium's `crypto_box_seal`): whoever knows the
 * public key can write to the booth, only the booth can read. All in and out is base64url without padding.
 */

export interface BoothKeys {
  publicKey: string;
  privateKey: string;
}

const PUBLIC_KEY_BYTES = 32;

/** A booth's id is the beginning of its public key's hash, so nobody can take the id of another's key. */
export function boothIdOf(publicKey: string): BoothId {
  return createHash('sha256').update(decode(publicKey)).digest('hex').slice(0, 24);
}

/** Is this 32 bytes in base64url, in the one way to write them? */
export function isPublicKey(text: unknown): text is string {
  if (typeof text !== 'string' || text.length !== 43) return false;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === PUBLIC_KEY_BYTES && bytes.toString('base64url') === text;
}

export async function makeBoothKeys(): Promise<BoothKeys> {
  await sodium.ready;
  const pair = sodium.crypto_box_keypair();
  return { publicKey: encode(pair.publicKey), privateKey: encode(pair.privateKey) };
}

/** Throws a RangeError when the public key is not a point one can seal to. */
export async function seal(text: string, publicKey: string): Promise<string> {
  await sodium.ready;
  try {
    return encode(sodium.crypto_box_seal(text, decode(publicKey)));
  } catch (cause) {
    throw new RangeError('not a public key to seal to', { cause });
  }
}

/** What was sealed, or undefined when it was not sealed to these keys or was changed on its way. */
export async function unseal(sealed: string, keys: BoothKeys): Promise<string | undefined> {
  await sodium.ready;
  try {
    const opened = sodium.crypto_box_seal_open(
      decode(sealed),
      decode(keys.publicKey),
      decode(keys.privateKey),
    );
    return Buffer.from(opened).toString();
  } catch {
    return undefined;
  }
}

/** Says that one has the key of this rotation, and nothing of the key. */
export function proofOf(key: string, rotation: string): string {
  return createHmac('sha256', key).update(`device key ${rotation}`).digest('base64url');
}

const decode = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64url'));
const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
