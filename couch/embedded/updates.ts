import { randomBytes } from 'node:crypto';
import type { DatabaseEvent } from './databases.ts';
import { createFeed } from './feed.ts';
import { feedBody, readFeedOptions } from './feed-body.ts';
import { type Answer, jsonStream, type Request } from './http.ts';
import { formatSequence, parseSequence } from './sequence.ts';

/** What happened to which database: the last event of each kind for each, in memory. */
export interface Updates {
  add(name: string, type: DatabaseEvent): void;
  /** `GET /_db_updates` */
  answer(request: Request, stopped: AbortSignal): Promise<Answer>;
}

/** Deleted databases would stay in the list for ever; the oldest events go. */
const MAX_EVENTS = 20_000;

/**
 * A restart begins a new sequence, in which every database counts as updated once: who follows with an older
 * one hears of each, and so misses nothing.
 */
export function createUpdates(names: string[]): Updates {
  const instance = randomBytes(4).toString('hex');
  const feed = createFeed();
  const events = new Map<string, { seq: number; name: string; type: DatabaseEvent }>();
  let seq = 0;

  function add(name: string, type: DatabaseEvent): void {
    const key = `${type}:${name}`;
    seq += 1;
    events.delete(key); // a Map keeps the order of insertion: so it is the order of sequences
    events.set(key, { seq, name, type });
    const oldest = events.size > MAX_EVENTS ? events.keys().next() : undefined;
    if (oldest && !oldest.done) events.delete(oldest.value);
    feed.add();
  }
  for (const name of names) add(name, 'updated');

  const sequence = (n: number): string => formatSequence(n, instance);
  return {
    add,
    async answer({ query, signal }, stopped) {
      const since = await parseSequence(query.text('since'), instance, async () => seq);
      return jsonStream(
        feedBody({
          ...readFeedOptions(query),
          since,
          sequence,
          feed,
          signal: AbortSignal.any([signal, stopped]),
          lastSequence: async () => seq,
          async read(from, limit) {
            const rows = [];
            for (const event of events.values()) {
              if (event.seq <= from) continue;
              const row = { db_name: event.name, type: event.type, seq: sequence(event.seq) };
              if (rows.push({ seq: event.seq, row }) === limit) break;
            }
            return rows;
          },
          pageable: true,
        }),
      );
    },
  };
}
