import { randomBytes } from 'node:crypto';
import { type Auth, sessionCookie } from './auth.ts';
import { byMethod, databaseRoutes, type Methods } from './database-routes.ts';
import type { Databases } from './databases.ts';
import { type Answer, asObject, badRequest, json, notImplemented, type Query, type Request } from './http.ts';
import { LIMITS } from './limits.ts';
import { demandMember, demandServerAdmin } from './security.ts';
import type { Updates } from './updates.ts';
import { demandNoUserList, demandOwnUser, USERS } from './users.ts';
import type { Views } from './views.ts';

export interface Parts {
  databases: Databases;
  updates: Updates;
  views: Views;
  auth: Auth;
  uuid: string;
  stopped: AbortSignal;
}

/** A request with how it was authenticated, which only `_session` tells. */
export type AuthenticatedRequest = Request & { authenticatedBy: string | undefined };

const NOT_HERE = new Set(
  (
    '_active_tasks _cluster_setup _dbs_info _membership _node _replicate _reshard _scheduler _search_analyze ' +
    '_nouveau_analyze _stats _system _utils _config _log _restart'
  ).split(' '),
);

/** From a request to its answer: the server's own paths, then databases. */
export function serverRoutes(parts: Parts): (request: AuthenticatedRequest) => Promise<Answer> {
  const { databases } = parts;
  const inDatabase = databaseRoutes(parts);
  return async function route(request) {
    const [first] = request.path;
    const own = ownPaths(parts, request);
    if (first === undefined) return byMethod(request.method, { GET: async () => welcome(parts.uuid) });
    if (request.path.length === 1 && Object.hasOwn(own, first)) {
      return byMethod(request.method, own[first] as Methods);
    }
    if (NOT_HERE.has(first)) throw notImplemented(first);

    if (request.path.length === 1 && (request.method === 'PUT' || request.method === 'DELETE')) {
      demandServerAdmin(request.user);
      await (request.method === 'PUT' ? databases.create(first) : databases.remove(first));
      return json({ ok: true }, request.method === 'PUT' ? 201 : 200);
    }
    const db = databases.get(first);
    const isUsers = first === USERS;
    if (isUsers) demandNoUserList(request.path, request.user);
    demandMember(db.security, request.user);
    if (isUsers) demandOwnUser(request.path, request.user);
    return inDatabase(db, request);
  };
}

function ownPaths(parts: Parts, request: AuthenticatedRequest): Record<string, Methods> {
  const { databases, updates, stopped } = parts;
  const { user, query } = request;
  return {
    _up: { GET: async () => json({ status: 'ok', seeds: {} }) },
    _uuids: {
      GET: async () => {
        const count = Math.min(query.count('count') ?? 1, 1000);
        return json({ uuids: Array.from({ length: count }, () => randomBytes(16).toString('hex')) });
      },
    },
    _all_dbs: {
      GET: async () => {
        demandServerAdmin(user);
        return json(inRange(databases.names(), query));
      },
    },
    _db_updates: {
      GET: async () => {
        demandServerAdmin(user);
        return updates.answer(request, stopped);
      },
    },
    _session: {
      GET: async () => session(request),
      POST: () => login(parts.auth, request),
      DELETE: async () => json({ ok: true }, 200, { 'Set-Cookie': sessionCookie('') }),
    },
  };
}

/** The names between `startkey` and `endkey`, at most `limit`. */
function inRange(names: string[], query: Query): string[] {
  const [start, end] = [query.value('startkey', 'start_key'), query.value('endkey', 'end_key')];
  return names
    .filter((name) => typeof start !== 'string' || name >= start)
    .filter((name) => typeof end !== 'string' || name <= end)
    .slice(0, query.count('limit') ?? names.length);
}

function welcome(uuid: string): Answer {
  return json({
    couchdb: 'Welcome',
    version: '3.5.0', // the behaviour that the contract suite compares with
    uuid,
    features: [],
    vendor: { name: 'Photomaton, embedded' },
  });
}

function session({ user, authenticatedBy }: AuthenticatedRequest): Answer {
  const info = { authentication_handlers: ['cookie', 'default'] };
  const authenticated = authenticatedBy === undefined ? {} : { authenticated: authenticatedBy };
  return json({ ok: true, userCtx: user, info: { ...info, ...authenticated } });
}

async function login(auth: Auth, request: Request): Promise<Answer> {
  const { name, password } = await readCredentials(request);
  if (typeof name !== 'string' || typeof password !== 'string') {
    throw badRequest('Name and password are needed.');
  }
  const { user, cookie } = await auth.login(name, password);
  return json({ ok: true, ...user }, 200, { 'Set-Cookie': cookie });
}

async function readCredentials(request: Request): Promise<Record<string, unknown>> {
  if (/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return asObject(await request.json(), 'Request body must be a JSON object');
  }
  const form = new URLSearchParams((await request.bytes(LIMITS.headerBytes)).toString());
  return { name: form.get('name'), password: form.get('password') };
}
