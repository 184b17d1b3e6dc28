import nano from 'nano';
import type { CouchAddress } from './couch.ts';
import { CouchError } from './errors.ts';

/** Every request ends within this time, answered or not. */
export const DEADLINE_MS = 15_000;

interface RequestOptions {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Database; absent for the server itself. */
  db?: string;
  /** What follows the database (or the server), already encoded: `_changes`, {@link documentPath}. */
  path?: string;
  /** Keys of views (`key`, `startkey`, `endkey`) are given as values: nano makes JSON of them. */
  query?: Record<string, unknown>;
  body?: object;
  deadlineMs?: number;
}

/** One request, its JSON answer; throws a {@link CouchError} for everything else. */
export type CouchRequest = <T>(options: RequestOptions) => Promise<T>;

/** The path of a document: design and local documents keep their slash, everything else is encoded. */
export function documentPath(id: string): string {
  const [, kind, name] = /^(_design|_local)\/(.+)$/.exec(id) ?? [];
  return name === undefined ? encodeURIComponent(id) : `${kind}/${encodeURIComponent(name)}`;
}

/** The header that says who we are. It travels apart from the URL, so that no message can show it. */
export function authorization({ username, password }: CouchAddress): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Requests to one CouchDB as one user. */
export function openRequests(address: CouchAddress): CouchRequest {
  const url = new URL(address.url);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the URL of a CouchDB carries no user name or password: give them apart');
  }
  // parseUrl: a path is where the server is behind a proxy, never a database. (Not in nano's types.)
  const configuration = {
    url: address.url,
    headers: { Authorization: authorization(address) },
    parseUrl: false,
  };
  const server = nano(configuration);

  return async <T>({ method = 'GET', db, path, query, body, deadlineMs = DEADLINE_MS }: RequestOptions) => {
    const what = `${method} ${address.url}/${db ?? path ?? ''}`;
    const signal = AbortSignal.timeout(deadlineMs);
    // nano passes `signal` on to fetch. (Not in nano's types either.)
    const options: nano.RequestOptions & { signal: AbortSignal } = { method, signal };
    if (db !== undefined) options.db = db;
    if (path !== undefined) options.path = path;
    if (query !== undefined) options.qs = withoutUndefined(query);
    if (body !== undefined) options.body = body;
    try {
      const answer: unknown = await server.request(options);
      // An answer that broke off half-way, or a page of something else, comes as text.
      if (typeof answer === 'object' && answer !== null && !Buffer.isBuffer(answer)) return answer as T;
    } catch (error) {
      throw toCouchError(error as nano.RequestError, what, signal);
    }
    if (signal.aborted) throw new CouchError('TIMEOUT', `${what}: no whole answer within the deadline`);
    throw new CouchError('UNREACHABLE', `${what}: the answer is not JSON, or broke off`);
  };
}

function withoutUndefined(query: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/**
 * The one place where answers become codes. nano's own error is left behind where there was an answer: it
 * carries the request with its body.
 */
function toCouchError(error: nano.RequestError, what: string, signal: AbortSignal): CouchError {
  if (error.statusCode !== undefined)
    return errorOfStatus(error.statusCode, error.reason ?? error.message, what);
  if (signal.aborted) return new CouchError('TIMEOUT', `${what}: no answer within the deadline`);
  return new CouchError('UNREACHABLE', `${what}: nobody answers`, { cause: error });
}

/** The error that an HTTP status of 400 or more stands for. The message of a refusal is its reason. */
export function errorOfStatus(status: number, reason: string, what: string): CouchError {
  switch (status) {
    case 401:
      return new CouchError('UNAUTHORIZED', `${what}: ${reason}`, { status });
    case 403:
      return new CouchError('FORBIDDEN', reason, { status });
    case 404:
      return new CouchError('NOT_FOUND', `${what}: ${reason}`, { status });
    case 409:
      return new CouchError('CONFLICT', `${what}: ${reason}`, { status });
    default:
      return new CouchError('REFUSED', `${what}: ${status} ${reason}`, { status });
  }
}

/** What `error` is, if it came from a CouchDB with this code. */
export const isCouchError = (error: unknown, ...codes: CouchError['code'][]): error is CouchError =>
  error instanceof CouchError && codes.includes(error.code);
