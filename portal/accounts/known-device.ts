import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { emailKey } from './throttle.ts';

const AGE_MS = 365 * 24 * 3600_000;

/**
 * Browsers in which somebody has logged in before, told by a cookie: a nonce, and a MAC over nonce and e-mail address.
 * Whoever guesses an account's password from everywhere uses up the tries of all strange browsers; its owner has tries
 * of her own. The cookie opens nothing (OWASP calls it a device cookie).
 */
export interface KnownDevices {
  /** The browser's nonce, when this address has logged in there; its tries are counted by it. */
  of(req: Request, email: string): string | undefined;
  remember(res: Response, email: string): void;
}

export function openKnownDevices({ key, secure }: { key: Buffer; secure: boolean }): KnownDevices {
  const name = secure ? '__Host-device' : 'device';
  const given = new RegExp(`(?:^|;\\s*)${name}=([\\w-]{22})\\.([\\w-]{43})(?:;|$)`);
  const macOf = (nonce: string, email: string): Uint8Array =>
    new Uint8Array(
      createHmac('sha256', new Uint8Array(key))
        .update(`${nonce} ${emailKey(email)}`)
        .digest(),
    );

  return {
    of(req, email) {
      const [, nonce = '', mac = ''] = given.exec(req.headers.cookie ?? '') ?? [];
      const expected = macOf(nonce, email);
      const bytes = new Uint8Array(Buffer.from(mac, 'base64url'));
      return bytes.length === expected.length && timingSafeEqual(bytes, expected) ? nonce : undefined;
    },
    remember(res, email) {
      const nonce = randomBytes(16).toString('base64url');
      const mac = Buffer.from(macOf(nonce, email)).toString('base64url');
      res.cookie(name, `${nonce}.${mac}`, { maxAge: AGE_MS, httpOnly: true, sameSite: 'lax', secure });
    },
  };
}
