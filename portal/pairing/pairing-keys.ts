import { createHmac } from 'node:crypto';
import { type BoothId, type EventId, pairingId } from '@photomaton/design-docs/docs';
import { CODE_ALPHABET, CODE_LENGTH } from '@photomaton/design-docs/pairing';

/**
 * What pairing derives from the portal's secret. Because a code, a device key and an event's id follow from
 * booth and nonce, none of them is stored, a restart shows the same code, and a pairing that was cut short
 * is completed by doing it again: the same key, the same event, never a second one.
 */
export interface PairingKeys {
  codeOf(booth: BoothId, nonce: string): string;
  /** Id of the pairing document of a code: the database knows a code by its HMAC only. */
  idOf(code: string): string;
  /** The everyday event that this pairing makes. */
  eventOf(booth: BoothId, nonce: string): EventId;
  /** 256 bits, base64url. */
  deviceKeyOf(booth: BoothId, nonce: string): string;
}

/** `key`: 32 bytes derived from the portal's secret for this purpose alone. */
export function pairingKeys(key: Buffer): PairingKeys {
  const derive = (...parts: string[]): Buffer =>
    createHmac('sha256', new Uint8Array(key)).update(JSON.stringify(parts)).digest();
  return {
    codeOf: (booth, nonce) => lettersOf(derive('code', booth, nonce)),
    idOf: (code) => pairingId(derive('id', code).toString('hex')),
    eventOf: (booth, nonce) => derive('event', booth, nonce).toString('hex').slice(0, 24),
    deviceKeyOf: (booth, nonce) => derive('device key', booth, nonce).toString('base64url'),
  };
}

/** Every code is equally likely, to within 2^-213: 256 bits are taken modulo 41^8. */
function lettersOf(bytes: Buffer): string {
  const base = BigInt(CODE_ALPHABET.length);
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let code = '';
  for (let i = 0; i < CODE_LENGTH; i++) {
    code += CODE_ALPHABET[Number(number % base)];
    number /= base;
  }
  return code;
}
