import { hkdfSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreate } from '@photomaton/couch/durable-file';
import sodium from 'libsodium-wrappers';

/**
 * Everything secret comes from one 32-byte key: PORTAL_SECRET, or a file made at first start. All nodes of
 * one installation must share it; who has it and a dump of the databases can read what is sealed there.
 */
export interface Secrets {
  /** 32 bytes for one purpose (HKDF-SHA-256); other purposes tell nothing about it. */
  deriveKey(purpose: string): Buffer;
  /** Seals a text for storage (XSalsa20-Poly1305 with a random nonce); base64url. */
  encryptSecret(text: string): string;
  /** Opens what {@link encryptSecret} made. Throws when it was changed, or sealed under another key. */
  decryptSecret(sealed: string): string;
}

/** Opens the portal's secret: the one given, else the one in `<dataDir>/portal-secret`. */
export async function openSecrets(o: { dataDir: string; secret?: Uint8Array | undefined }): Promise<Secrets> {
  const key = o.secret ?? (await secretOfFile(join(o.dataDir, 'portal-secret')));
  await sodium.ready;

  const derive = (purpose: string): ArrayBuffer => hkdfSync('sha256', key, '', `photomaton ${purpose}`, 32);
  const boxKey = new Uint8Array(derive('stored secrets'));

  return {
    deriveKey: (purpose) => Buffer.from(derive(purpose)),
    encryptSecret(text) {
      const nonce = sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES);
      const box = sodium.crypto_secretbox_easy(text, nonce, boxKey);
      return Buffer.from([...nonce, ...box]).toString('base64url');
    },
    decryptSecret(sealed) {
      const bytes = Uint8Array.from(Buffer.from(sealed, 'base64url'));
      const nonce = bytes.subarray(0, sodium.crypto_secretbox_NONCEBYTES);
      const box = bytes.subarray(sodium.crypto_secretbox_NONCEBYTES);
      return sodium.to_string(sodium.crypto_secretbox_open_easy(box, nonce, boxKey));
    },
  };
}

async function secretOfFile(path: string): Promise<Uint8Array> {
  const text = await readOrCreate(path, () => randomBytes(32).toString('base64url'));
  const key = Uint8Array.from(Buffer.from(text.trim(), 'base64url'));
  if (key.length !== 32) throw Object.assign(new Error(`${path} does not hold 32 bytes`), { code: 'SECRET' });
  return key;
}
