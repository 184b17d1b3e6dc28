import { createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Database, Rules } from './databases.ts';
import { badRequest, HttpError, notFound, type UserContext } from './http.ts';
import type { Incoming } from './incoming.ts';
import { LIMITS } from './limits.ts';
import { isDatabaseAdmin, isServerAdmin } from './security.ts';
import type { Validator } from './validators.ts';

/** The database of accounts, and what is special about it. */
export const USERS = '_users';
const PREFIX = 'org.couchdb.user:';

const derive = promisify(pbkdf2);
/** CouchDB 3.5's own; a document that brings a hash of a random key may have far fewer. */
const ITERATIONS = 600_000;
const PRF = { sha: 'sha1', sha224: 'sha224', sha256: 'sha256', sha384: 'sha384', sha512: 'sha512' } as const;

interface Account {
  name: string;
  roles: string[];
  prf: keyof typeof PRF;
  derivedKey: Buffer;
  salt: string;
  iterations: number;
}

export interface Users {
  /** The account behind a name, or undefined: for a session's cookie. */
  account(name: string): Promise<(UserContext & { secret: string }) | undefined>;
  /** Who has this name and password, or undefined. A right password is remembered: the next time is cheap. */
  verify(name: string, password: string): Promise<UserContext | undefined>;
}

/** Reads accounts of `_users`, and forgets what it remembers when one is written ({@link forget}). */
export function createUsers({ database }: { database(): Database }): Users & { forget(id: string): void } {
  const known = new Map<string, Account | undefined>();
  const verified = new Map<string, { mac: string; until: number }>();
  const key = randomBytes(32);
  let writes = 0;

  async function find(name: string): Promise<Account | undefined> {
    if (known.has(name)) return known.get(name);
    const before = writes;
    const account = parseAccount(await database().storage.get(PREFIX + name));
    // Read before a write that happened meanwhile: right for this request, not to be remembered.
    if (writes === before) remember(known, name, account);
    return account;
  }

  return {
    forget(id) {
      writes += 1;
      const name = id.slice(PREFIX.length);
      known.delete(name);
      verified.delete(name);
    },
    async account(name) {
      const found = await find(name);
      return found && { name, roles: found.roles, secret: found.salt + found.derivedKey.toString('hex') };
    },
    async verify(name, password) {
      const account = await find(name);
      if (!account) return undefined;
      const mac = createHmac('sha256', key).update(account.derivedKey).update(password).digest('base64');
      const before = verified.get(name);
      const now = Date.now();
      const isRemembered =
        before !== undefined &&
        before.until > now &&
        timingSafeEqual(Buffer.from(before.mac), Buffer.from(mac));
      if (!isRemembered && !(await isRight(account, password))) return undefined;
      remember(verified, name, { mac, until: now + LIMITS.sessionMs });
      return { name, roles: account.roles };
    },
  };
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= LIMITS.rememberedUsers) return;
    map.delete(oldest);
  }
}

async function isRight({ prf, derivedKey, salt, iterations }: Account, password: string): Promise<boolean> {
  const derived = await derive(password, salt, iterations, derivedKey.length, PRF[prf]);
  return timingSafeEqual(derived, derivedKey);
}

/** An account that can be logged in to; undefined for one without a password or with a scheme we do not have. */
function parseAccount(doc: Record<string, unknown> | undefined): Account | undefined {
  if (doc?.password_scheme !== 'pbkdf2') return undefined;
  const { name, roles, derived_key, salt, iterations, pbkdf2_prf = 'sha' } = doc;
  const isUsable =
    typeof name === 'string' &&
    Array.isArray(roles) &&
    typeof salt === 'string' &&
    typeof derived_key === 'string' &&
    /^([0-9a-f]{2}){16,64}$/.test(derived_key) &&
    Number.isInteger(iterations) &&
    Number(iterations) >= 1 &&
    Number(iterations) <= 10_000_000 &&
    typeof pbkdf2_prf === 'string' &&
    Object.hasOwn(PRF, pbkdf2_prf);
  if (!isUsable) return undefined;
  return {
    name,
    roles: roles.map(String),
    prf: pbkdf2_prf as keyof typeof PRF,
    derivedKey: Buffer.from(derived_key, 'hex'),
    salt,
    iterations: Number(iterations),
  };
}

/** What writing to `_users` does besides: hides the password in a hash, and keeps people to their own document. */
export function usersRules(stored: (id: string) => void): Rules {
  return { prepare, validate: validateUser, stored };
}

async function prepare(doc: Incoming, user: UserContext): Promise<void> {
  if (!isServerAdmin(user) && doc.id !== PREFIX + user.name) throw notFound();
  const { password } = doc.body;
  delete doc.body.password;
  if (password === undefined || password === null) return;
  if (typeof password !== 'string') throw badRequest('Password must be a string');
  const salt = randomBytes(16).toString('hex');
  const derived = await derive(password, salt, ITERATIONS, 32, 'sha256');
  Object.assign(doc.body, {
    password_scheme: 'pbkdf2',
    pbkdf2_prf: 'sha256',
    iterations: ITERATIONS,
    salt,
    derived_key: derived.toString('hex'),
  });
}

/** The rules of CouchDB's own `_design/_auth`, with its reasons. */
const validateUser: Validator = (newDoc, oldDoc, user, security) => {
  const refuse = (forbidden: string): never => {
    throw new HttpError(403, 'forbidden', forbidden);
  };
  const doc = newDoc as Record<string, unknown>;
  const old = oldDoc as Record<string, unknown> | null;
  const isAdmin = isDatabaseAdmin(security, user);
  if (doc._deleted === true) {
    if (!isAdmin && user.name !== old?.name) refuse('Only admins may delete other user docs.');
    return;
  }
  const { name, roles } = doc;
  if (doc.type !== 'user') refuse('doc.type must be user');
  if (!name) refuse('doc.name is required');
  if (!roles) refuse('doc.roles must exist');
  if (!Array.isArray(roles)) return refuse('doc.roles must be an array');
  if (typeof name !== 'string') return refuse('doc.name must be a string');
  if (!roles.every((role) => typeof role === 'string')) refuse('doc.roles can only contain strings');
  if (doc._id !== PREFIX + name) refuse('Doc ID must be of the form org.couchdb.user:name');
  if (old && old._deleted !== true && old.name !== name) refuse('Usernames can not be changed.');
  const scheme = doc.password_scheme;
  if (scheme !== undefined && scheme !== 'pbkdf2')
    refuse(`Password scheme \`${String(scheme)}\` not supported.`);
  if (scheme === 'pbkdf2') {
    if (typeof doc.iterations !== 'number') refuse('iterations must be a number.');
    if (typeof doc.derived_key !== 'string') refuse('derived_key must be a string.');
  }
  if (!isAdmin) {
    if (old && user.name !== name) refuse('You may only update your own user document.');
    const oldRoles = old && Array.isArray(old.roles) ? old.roles : [];
    if (JSON.stringify([...oldRoles].sort()) !== JSON.stringify([...roles].sort())) {
      refuse('Only _admin may edit roles');
    }
  }
  if (roles.some((role) => role.startsWith('_') && role !== '_metrics')) {
    refuse('No system roles (starting with underscore) in users db.');
  }
  if (name.startsWith('_')) refuse('Username may not start with underscore.');
  if (name.includes(':')) refuse('Character `:` is not allowed in usernames.');
};

/** Lists of users are the server admin's, whoever else is a member. */
export function demandNoUserList(path: string[], user: UserContext): void {
  if (isServerAdmin(user) || !path[1]?.startsWith('_')) return;
  throw new HttpError(401, 'unauthorized', 'You are not a server admin.');
}

/** For who is no server admin, every document but their own is as if it were not there. */
export function demandOwnUser(path: string[], user: UserContext): void {
  if (isServerAdmin(user) || path.length === 1 || path[1] === PREFIX + user.name) return;
  throw notFound();
}
