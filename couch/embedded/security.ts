import { HttpError, type UserContext } from './http.ts';

/** A database's `_security`: who may read and write it (members), who may change its rules (admins). */
export interface Security {
  admins?: { names?: string[]; roles?: string[] };
  members?: { names?: string[]; roles?: string[] };
}

/** New databases are the server admins' alone. */
export const ADMIN_ONLY: Security = { members: { roles: ['_admin'] }, admins: { roles: ['_admin'] } };

export const isServerAdmin = (user: UserContext): boolean => user.roles.includes('_admin');

const listed = (group: Security['members'], user: UserContext): boolean =>
  (user.name !== null && (group?.names?.includes(user.name) ?? false)) ||
  (group?.roles?.some((role) => user.roles.includes(role)) ?? false);

export const isDatabaseAdmin = (security: Security, user: UserContext): boolean =>
  isServerAdmin(user) || listed(security.admins, user);

/** As in CouchDB, a database whose members are explicitly nobody is open to everybody. */
const isOpen = ({ members }: Security): boolean => !members?.names?.length && !members?.roles?.length;

const unauthorized = (reason: string): HttpError => new HttpError(401, 'unauthorized', reason);
const forbidden = (reason: string): HttpError => new HttpError(403, 'forbidden', reason);

export function demandServerAdmin(user: UserContext): void {
  if (!isServerAdmin(user)) throw unauthorized('You are not a server admin.');
}

export function demandMember(security: Security, user: UserContext): void {
  if (isDatabaseAdmin(security, user) || listed(security.members, user) || isOpen(security)) return;
  if (user.name === null) throw unauthorized('You are not authorized to access this db.');
  throw forbidden('You are not allowed to access this db.');
}

export function demandDatabaseAdmin(security: Security, user: UserContext): void {
  if (isDatabaseAdmin(security, user)) return;
  const reason = 'You are not a db or server admin.';
  throw user.name === null ? unauthorized(reason) : forbidden(reason);
}

/** A `_security` object from a client, or 400: lists that are no lists of text would let everybody in. */
export function parseSecurity(value: unknown): Security {
  const isGroup = (group: unknown): boolean =>
    group === undefined ||
    (isObject(group) && [group.names, group.roles].every((list) => list === undefined || isTexts(list)));
  if (!isObject(value) || !isGroup(value.admins) || !isGroup(value.members)) {
    throw new HttpError(400, 'bad_request', 'admins and members hold lists of names and roles');
  }
  return value as Security;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
