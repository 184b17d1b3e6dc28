import type { IncomingHttpHeaders } from 'node:http';
import { LIMITS } from './limits.ts';

/** An answer that is not 2xx, in CouchDB's shape: thrown anywhere in a handler, sent by the server. */
export class HttpError extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Record<string, string>;
  constructor(status: number, error: string, reason: string, headers: Record<string, string> = {}) {
    super(reason);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

export const badRequest = (reason: string): HttpError => new HttpError(400, 'bad_request', reason);
export const notFound = (reason = 'missing'): HttpError => new HttpError(404, 'not_found', reason);
export const conflict = (): HttpError => new HttpError(409, 'conflict', 'Document update conflict.');
export const notImplemented = (what: string): HttpError =>
  new HttpError(501, 'not_implemented', `${what} is not implemented by the embedded server.`);

/** What a handler gives. A body that is iterated is streamed; `undefined` sends none. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer | AsyncIterable<string | Buffer> | undefined;
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'must-revalidate', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

/** JSON that is made while it is sent. */
export function jsonStream(body: AsyncIterable<string | Buffer>): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}

/** Who asks: `name` is null for somebody without credentials. The shape is what validators see. */
export interface UserContext {
  name: string | null;
  roles: string[];
}

/** A request as handlers see it; bodies are read once, with limits. */
export interface Request {
  method: string;
  /** Decoded segments of the path. */
  path: string[];
  query: Query;
  headers: IncomingHttpHeaders;
  user: UserContext;
  /** Aborted when the client went away or the server stops. */
  signal: AbortSignal;
  /** The body's JSON; refuses another content type when `typed`. */
  json(options?: { typed?: boolean; limit?: number }): Promise<unknown>;
  bytes(limit: number): Promise<Buffer>;
  /** The body in pieces, for what is parsed while it arrives; `limit` bounds the whole. */
  stream(limit: number): AsyncIterable<Buffer>;
}

/** Reads the query as CouchDB does: flags, numbers and JSON values, each refused with 400 when malformed. */
export interface Query {
  text(name: string): string | undefined;
  flag(name: string): boolean;
  count(name: string): number | undefined;
  /** The first of `names` that is there, parsed as JSON. */
  value(...names: string[]): unknown;
}

export function parseQuery(search: string): Query {
  const params = new URLSearchParams(search);
  const text = (name: string): string | undefined => params.get(name) ?? undefined;
  return {
    text,
    flag(name) {
      const given = text(name);
      if (given === undefined || given === 'false') return false;
      if (given === 'true') return true;
      throw new HttpError(400, 'query_parse_error', `Invalid boolean parameter: ${JSON.stringify(given)}`);
    },
    count(name) {
      const given = text(name);
      if (given === undefined) return undefined;
      if (/^\d{1,15}$/.test(given)) return Number(given);
      throw new HttpError(
        400,
        'query_parse_error',
        `Invalid value for positive integer: ${JSON.stringify(given)}`,
      );
    },
    value(...names) {
      const given = names.map(text).find((value) => value !== undefined);
      return given === undefined ? undefined : parseJson(given);
    },
  };
}

/** JSON from outside: 400 when it is none, too deep, or carries a key that would reach an object's prototype. */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('invalid UTF-8 JSON');
  }
  refuseHostile(value, 0);
  return value;
}

function refuseHostile(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > LIMITS.jsonDepth) throw badRequest(`JSON is nested deeper than ${LIMITS.jsonDepth}`);
  if (Array.isArray(value)) {
    for (const item of value) refuseHostile(item, depth + 1);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') {
      throw new HttpError(400, 'doc_validation', 'Bad special document member: __proto__');
    }
    refuseHostile(item, depth + 1);
  }
}

/** A JSON object, or 400 with `reason`. */
export function asObject(value: unknown, reason: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(reason);
  return value as Record<string, unknown>;
}

/** Would the client take this type of a multipart answer? Without an `Accept` it takes everything. */
export function accepts(
  headers: IncomingHttpHeaders,
  type: 'multipart/related' | 'multipart/mixed',
): boolean {
  const accept = headers.accept;
  return accept === undefined || /\*\/\*|multipart\/\*/.test(accept) || accept.includes(type);
}

/** Does `If-None-Match` name this entity tag? */
export function matchesEtag(headers: IncomingHttpHeaders, etag: string): boolean {
  const given = headers['if-none-match'];
  return given?.split(',').some((tag) => [etag, `W/${etag}`, '*'].includes(tag.trim())) ?? false;
}
