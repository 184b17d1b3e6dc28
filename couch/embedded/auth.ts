import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpError, type UserContext } from './http.ts';
import { LIMITS } from './limits.ts';
import type { Users } from './users.ts';

/** Who a request is from. */
export interface Auth {
  /** By `Authorization: Basic`, else by session cookie, else nobody. Throws 401 on a wrong password. */
  authenticate(headers: IncomingHttpHeaders): Promise<{ user: UserContext; by?: 'default' | 'cookie' }>;
  /** Checks name and password and gives the `Set-Cookie` of a session. Throws 401. */
  login(name: string, password: string): Promise<{ user: UserContext; cookie: string }>;
}

const NOBODY: UserContext = { name: null, roles: [] };
const COOKIE = 'AuthSession';
/** The cookie's attributes; without a value it ends the session in the browser. */
export const sessionCookie = (value: string): string =>
  `${COOKIE}=${value}; Version=1; Path=/; HttpOnly; SameSite=Strict${value === '' ? '; Max-Age=0' : `; Max-Age=${LIMITS.sessionMs / 1000}`}`;

export function createAuth({
  admin,
  users,
  cookieKey,
}: {
  admin: { username: string; password: string };
  users: Users;
  cookieKey: Buffer;
}): Auth {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const adminPassword = digest(admin.password);
  const adminContext: UserContext = { name: admin.username, roles: ['_admin'] };

  async function verify(name: string, password: string): Promise<UserContext> {
    const user =
      name === admin.username
        ? timingSafeEqual(digest(password), adminPassword) && adminContext
        : await users.verify(name, password);
    if (user) return user;
    throw new HttpError(401, 'unauthorized', 'Name or password is incorrect.');
  }

  /** A session dies with the password it was opened with: the secret of the account is in the MAC. */
  async function account(name: string): Promise<(UserContext & { secret: string }) | undefined> {
    if (name === admin.username) return { ...adminContext, secret: adminPassword.toString('hex') };
    return users.account(name);
  }

  const mac = (name: string, issued: string, secret: string): Buffer =>
    createHmac('sha256', cookieKey)
      .update(JSON.stringify([name, issued, secret]))
      .digest();

  async function bySession(headers: IncomingHttpHeaders): Promise<UserContext | undefined> {
    const value = /(?:^|;\s*)AuthSession=([A-Za-z0-9_-]{1,1000})/.exec(headers.cookie ?? '')?.[1];
    const parts = value && /^(.+):([0-9A-F]{1,12}):([A-Za-z0-9_-]{43})$/s.exec(fromBase64Url(value));
    if (!parts) return undefined;
    const [name, issued, given] = parts.slice(1) as [string, string, string];
    const age = Date.now() - Number.parseInt(issued, 16) * 1000;
    const found = age < LIMITS.sessionMs ? await account(name) : undefined;
    if (!found || !timingSafeEqual(mac(name, issued, found.secret), Buffer.from(given, 'base64url'))) return;
    return { name, roles: found.roles };
  }

  return {
    async authenticate(headers) {
      const basic = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(headers.authorization ?? '')?.[1];
      if (basic !== undefined) {
        const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
        if (name === undefined || password === undefined) {
          throw new HttpError(400, 'bad_request', 'Authorization header has invalid basic value');
        }
        return { user: await verify(name, password), by: 'default' };
      }
      const user = await bySession(headers);
      return user ? { user, by: 'cookie' } : { user: NOBODY };
    },
    async login(name, password) {
      const user = await verify(name, password);
      const issued = Math.floor(Date.now() / 1000)
        .toString(16)
        .toUpperCase();
      const secret = (await account(name))?.secret ?? '';
      const text = `${name}:${issued}:${mac(name, issued, secret).toString('base64url')}`;
      return { user, cookie: sessionCookie(Buffer.from(text).toString('base64url')) };
    },
  };
}

const fromBase64Url = (text: string): string => Buffer.from(text, 'base64url').toString();
