import { pbkdf2Sync, randomBytes } from 'node:crypto';

export interface Credentials {
  username: string;
  password: string;
}

export const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A name that no other run uses. */
export const unique = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;

/** A user's own hash of few iterations: the server's costs a quarter of a second each time. */
export function quickHash(password: string): object {
  const salt = randomBytes(16).toString('hex');
  return {
    password_scheme: 'pbkdf2',
    pbkdf2_prf: 'sha256',
    iterations: 10,
    salt,
    derived_key: pbkdf2Sync(password, salt, 10, 32, 'sha256').toString('hex'),
  };
}
