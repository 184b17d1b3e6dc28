import type { Feed } from './feed.ts';
import { badRequest, type Query } from './http.ts';
import { LIMITS } from './limits.ts';

/** How a client wants to hear: the parameters that `_changes` and `_db_updates` share. */
export interface FeedOptions {
  mode: 'normal' | 'longpoll' | 'continuous';
  limit: number;
  /** An empty line this often keeps the connection alive; then the feed does not time out. */
  heartbeatMs: number | undefined;
  timeoutMs: number;
}

export function readFeedOptions(query: Query): FeedOptions {
  const mode = query.text('feed') ?? 'normal';
  if (mode !== 'normal' && mode !== 'longpoll' && mode !== 'continuous') {
    throw badRequest('Supported `feed` types: normal, continuous, longpoll');
  }
  const heartbeat = query.text('heartbeat');
  return {
    mode,
    limit: Math.max(1, query.count('limit') ?? Number.MAX_SAFE_INTEGER),
    heartbeatMs:
      heartbeat === undefined || heartbeat === 'false' ? undefined : readHeartbeat(query, heartbeat),
    timeoutMs: Math.min(query.count('timeout') ?? LIMITS.feedTimeoutMs, LIMITS.feedTimeoutMs),
  };
}

function readHeartbeat(query: Query, given: string): number {
  const ms = given === 'true' ? LIMITS.feedTimeoutMs : query.count('heartbeat');
  if (!ms) throw badRequest('The heartbeat value must be a positive integer (in milliseconds).');
  // A faster one would be a busy loop, a slower one is longer than a connection may be silent.
  return Math.min(Math.max(ms, 100), LIMITS.feedTimeoutMs);
}

export interface FeedSource {
  since: number;
  sequence(seq: number): string;
  feed: Feed;
  signal: AbortSignal;
  lastSequence(): Promise<number>;
  /** At most `limit` rows after `since`, in order. */
  read(since: number, limit: number): Promise<{ seq: number; row: object }[]>;
  /** False when the rows do not come in ascending order: then there is one page. */
  pageable: boolean;
}

/** The body of a feed, page by page, in CouchDB's layout of its three kinds. */
export async function* feedBody(source: FeedSource & FeedOptions): AsyncGenerator<string> {
  const { mode, sequence, feed, signal, heartbeatMs, timeoutMs, pageable } = source;
  const isContinuous = mode === 'continuous';
  let { since } = source;
  let left = source.limit;
  let isFirst = true;
  if (!isContinuous) yield '{"results":[\n';
  while (!signal.aborted) {
    const count = feed.count;
    const asked = pageable ? Math.min(left, LIMITS.pageRows) : left;
    const page = await source.read(since, asked);
    for (const { seq, row } of page) {
      yield isContinuous ? `${JSON.stringify(row)}\n` : `${isFirst ? '' : ',\n'}${JSON.stringify(row)}`;
      isFirst = false;
      since = seq;
    }
    left -= page.length;
    if (left === 0 || !pageable) break;
    if (page.length === asked) continue;
    const isDone = mode === 'normal' || (mode === 'longpoll' && !isFirst);
    if (isDone) break;
    // Up to date: wait for the next write.
    let moved = false;
    while (!moved && !signal.aborted) {
      moved = await feed.passed(count, { signal, timeoutMs: heartbeatMs ?? timeoutMs });
      if (moved) continue;
      if (heartbeatMs === undefined) break;
      yield '\n';
    }
    if (!moved) break;
  }
  if (signal.aborted) return;
  const last = sequence(since);
  const pending = Math.max(0, (await source.lastSequence()) - since);
  yield isContinuous
    ? `${JSON.stringify({ last_seq: last, pending })}\n`
    : `\n],\n"last_seq":${JSON.stringify(last)},"pending":${pageable ? pending : 0}}\n`;
}
