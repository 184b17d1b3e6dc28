import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { BOOTH_ROLE, type BoothId, boothUser } from '@photomaton/design-docs/docs';

/** A user as CouchDB keeps it in `_users`. */
export interface UserDoc {
  _id: string;
  type: 'user';
  name: string;
  roles: string[];
  /** In clear on its way in; CouchDB puts its hash there instead. */
  password?: string;
  password_scheme?: 'pbkdf2';
  pbkdf2_prf?: 'sha256';
  iterations?: number;
  salt?: string;
  derived_key?: string;
}

export const userId = (name: string): string => `org.couchdb.user:${name}`;

/**
 * A device key is 256 random bits: nobody guesses it, however fast the hash is. So it takes few
 * iterations, and 10,000 booths can log in as often as they like (CouchDB's own 600,000 cost 240 ms each).
 */
const KEY_ITERATIONS = 10;
const KEY_BYTES = 32;

const derive = (key: string, salt: string, iterations: number): Promise<Buffer> =>
  promisify(pbkdf2)(key, salt, iterations, KEY_BYTES, 'sha256');

/** The `_users` document of a booth, its key hashed here: CouchDB never sees it in clear. */
export async function boothUserDoc(booth: BoothId, key: string): Promise<UserDoc> {
  const name = boothUser(booth);
  const salt = randomBytes(16).toString('hex');
  return {
    _id: userId(name),
    type: 'user',
    name,
    roles: [BOOTH_ROLE],
    password_scheme: 'pbkdf2',
    pbkdf2_prf: 'sha256',
    iterations: KEY_ITERATIONS,
    salt,
    derived_key: (await derive(key, salt, KEY_ITERATIONS)).toString('hex'),
  };
}

/** Is this the key of that user already? */
export async function isKeyOf(user: UserDoc, key: string): Promise<boolean> {
  if (user.pbkdf2_prf !== 'sha256' || user.iterations !== KEY_ITERATIONS || user.salt === undefined)
    return false;
  const stored = Buffer.from(user.derived_key ?? '', 'hex');
  return (
    stored.length === KEY_BYTES && timingSafeEqual(stored, await derive(key, user.salt, user.iterations))
  );
}
