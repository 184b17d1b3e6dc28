import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import type { CouchAddress, Stored } from './couch.ts';
import { authorization, errorOfStatus, isCouchError } from './request.ts';

/** How often a feed with nothing to say sends an empty line. */
const HEARTBEAT_MS = 10_000;
/** A feed that missed two heartbeats is dead, whatever TCP believes. */
const MISSED_HEARTBEATS = 2.5;
/** Long enough to leave a server that is starting in peace, short enough that nobody waits for a page. */
const LONGEST_PAUSE_MS = 15_000;

export interface Change<T> {
  seq: string;
  id: string;
  deleted: boolean;
  doc?: T & Stored;
}

export interface DbUpdate {
  db: string;
  type: 'created' | 'updated' | 'deleted';
}

interface Follow {
  couch: CouchAddress;
  signal: AbortSignal;
  /** How often the server says that it is there when there is nothing to say. */
  heartbeatMs?: number;
  /** Called with every line and every heartbeat, and (false) when the connection is lost. */
  heard?(isConnected: boolean): void;
}

/** Full jitter: after a restart of CouchDB, the feeds of all nodes do not come back in one wave. */
export function pauseMs(failures: number, random: number): number {
  return random * Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures);
}

/**
 * Every change of a database since a sequence (`'0'`, `'now'` or one that was given before), with the
 * document as it is by then. Comes back from where it was whenever the connection breaks; ends when
 * `signal` is aborted. Throws NOT_FOUND when the database is gone, and UNAUTHORIZED.
 */
export async function* followChanges<T>(
  o: Follow & { db: string; since: string },
): AsyncGenerator<Change<T>, void, undefined> {
  const path = `${encodeURIComponent(o.db)}/_changes`;
  for await (const line of follow(o, path, o.since, { include_docs: 'true' })) {
    if (typeof line.id !== 'string') continue;
    const deleted = line.deleted === true;
    const change = { seq: line.seq, id: line.id, deleted };
    yield deleted || !line.doc ? change : { ...change, doc: line.doc as T & Stored };
  }
}

/**
 * Which databases changed, from now on: one feed for all of them. CouchDB gives it to administrators only,
 * and gathers: it is a hint, to be completed by a sweep.
 */
export async function* followDbUpdates(o: Follow): AsyncGenerator<DbUpdate, void, undefined> {
  for await (const { db_name: db, type } of follow(o, '_db_updates', 'now', {})) {
    if (typeof db !== 'string') continue;
    if (type === 'created' || type === 'updated' || type === 'deleted') yield { db, type };
  }
}

interface Line {
  seq: string;
  [field: string]: unknown;
}

/**
 *     connect ──▶ lines and heartbeats ──▶ broken off, or silent ──▶ pause ──▶ connect
 */
async function* follow(
  { couch, signal, heartbeatMs = HEARTBEAT_MS, heard }: Follow,
  path: string,
  from: string,
  query: Record<string, string>,
): AsyncGenerator<Line, void, undefined> {
  const silenceMs = heartbeatMs * MISSED_HEARTBEATS;
  let since = from;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (since === 'now') since = await sequenceNow(couch, path, silenceMs, signal);
      const search = new URLSearchParams({
        ...query,
        feed: 'continuous',
        heartbeat: String(heartbeatMs),
        since,
      });
      const body = await open(couch, `${path}?${search}`, silenceMs, signal);
      for await (const text of linesOf(body)) {
        failures = 0;
        if (text === '') {
          heard?.(true);
          continue;
        }
        const line = JSON.parse(text) as { seq?: string | number };
        // `last_seq` and errors are the last line of a feed that the server ends.
        if (line.seq === undefined) break;
        since = String(line.seq);
        yield { ...line, seq: since };
        // After the line was dealt with.
        heard?.(true);
        if (signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isCouchError(error, 'NOT_FOUND', 'UNAUTHORIZED')) throw error;
    } finally {
      heard?.(false);
    }
    failures += 1;
    await sleep(pauseMs(failures, Math.random()), undefined, { signal }).catch(() => undefined);
  }
}

/** A sequence instead of `now`, so that a break before the first change loses none. */
async function sequenceNow(couch: CouchAddress, path: string, silenceMs: number, signal: AbortSignal) {
  const body = await open(couch, `${path}?since=now&limit=1`, silenceMs, signal);
  const { last_seq } = (await body.json()) as { last_seq: string | number };
  return String(last_seq);
}

async function open(
  couch: CouchAddress,
  path: string,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData['body']> {
  const { statusCode, body } = await request(`${couch.url}/${path}`, {
    headers: { authorization: authorization(couch) },
    signal,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  if (statusCode === 200) return body;
  const said = (await body.json().catch(() => ({}))) as { reason?: string };
  throw errorOfStatus(statusCode, said.reason ?? 'no reason given', `GET ${couch.url}/${path.split('?')[0]}`);
}

async function* linesOf(body: Readable): AsyncGenerator<string, void, undefined> {
  let rest = '';
  body.setEncoding('utf8');
  for await (const chunk of body as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
