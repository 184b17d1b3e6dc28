import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress, Stored } from '@photomaton/couch';
import { type Change, followChanges } from '@photomaton/couch/changes';
import type { Logger } from 'pino';

/** What every request asks for: who is it, and whose is this. */
const DATABASES = ['sessions', 'accounts', 'fleet'] as const;
type KnownDatabase = (typeof DATABASES)[number];

const HEARTBEAT_MS = 1_000;
/** A feed that is silent for longer tells us nothing any more, whatever TCP believes. */
const SILENCE_MS = 2_500;
/** Nodes of a cluster may tell of a change and give the document of before: not for long. */
const KNOWN_MS = 10_000;
const MOST_DOCS = 10_000;
/** Before a database (or our right to it) that is gone is asked for again. */
const PAUSE_MS = 60_000;

type Listener<T> = (change: Change<T>) => void;

/**
 * Documents that are read with every request, kept in memory for as long as a changes feed of their database is heard:
 * what is changed on another node is forgotten with the feed's next line, what is changed on this one before the
 * change is answered. While a feed is away or silent, every read goes to CouchDB.
 */
export interface KnownDocs extends Pick<Couch, 'get'> {
  /** This node's connection. Everything here writes through it. */
  couch: Couch;
  /** Hears every change of a database from {@link start} on, after the old document was forgotten. */
  onChange<T>(db: KnownDatabase, listener: Listener<T>): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function openKnownDocs(o: {
  couch: Couch;
  couchAddress: CouchAddress;
  log: Logger;
  /** Monotonic. */
  nowMs?: () => number;
}): KnownDocs {
  const { couch, couchAddress, log, nowMs = () => performance.now() } = o;
  const stopped = new AbortController();
  const { signal } = stopped;
  const work: Promise<void>[] = [];
  const followed = new Map<string, Followed>(DATABASES.map((db) => [db, createFollowed(nowMs)]));

  const forget = (db: string, id: string) => followed.get(db)?.docs.delete(id);

  async function follow(db: KnownDatabase, since: string): Promise<void> {
    const found = followed.get(db);
    if (!found) return;
    const feed = { couch: couchAddress, db, signal, heartbeatMs: HEARTBEAT_MS, heard: found.heard };
    for (let from = since; !signal.aborted; ) {
      try {
        for await (const change of followChanges<unknown>({ ...feed, since: from })) {
          from = change.seq;
          found.docs.delete(change.id);
          for (const listener of found.listeners) listener(change);
        }
      } catch (err) {
        log.error({ err, db }, 'feed broke off');
        await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    couch: {
      ...couch,
      async put(db, doc) {
        return await couch.put(db, doc).finally(() => forget(db, doc._id));
      },
      async putMany(db, docs) {
        return await couch.putMany(db, docs).finally(() => {
          for (const { _id } of docs) forget(db, _id);
        });
      },
      async update(db, id, change) {
        return await couch.update(db, id, change).finally(() => forget(db, id));
      },
      async remove(db, id, rev) {
        await couch.remove(db, id, rev).finally(() => forget(db, id));
      },
    },

    async get<T>(db: string, id: string) {
      const found = followed.get(db);
      if (!found?.isHeard()) return await couch.get<T>(db, id);
      return (await found.read(id, () => couch.get<T>(db, id))) as (T & Stored) | undefined;
    },

    onChange<T>(db: KnownDatabase, listener: Listener<T>) {
      followed.get(db)?.listeners.push(listener as Listener<unknown>);
    },

    async start() {
      // Known before the first request: every change after it is heard.
      const seqs = await Promise.all(DATABASES.map((db) => couch.info(db)));
      work.push(...DATABASES.map((db, i) => follow(db, seqs[i]?.updateSeq ?? '0')));
    },

    async stop() {
      stopped.abort();
      await Promise.all(work);
    },
  };
}

interface Entry {
  /** Undefined while it is read. */
  doc?: Stored;
  untilMs: number;
}

type Followed = ReturnType<typeof createFollowed>;

/** What is known of one database. */
function createFollowed(nowMs: () => number) {
  const docs = new Map<string, Entry>();
  const listeners: Listener<unknown>[] = [];
  let heardMs = Number.NEGATIVE_INFINITY;
  return {
    docs,
    listeners,
    heard(isConnected: boolean): void {
      if (!isConnected) docs.clear();
      heardMs = isConnected ? nowMs() : Number.NEGATIVE_INFINITY;
    },
    isHeard: () => nowMs() - heardMs < SILENCE_MS,
    async read(id: string, get: () => Promise<Stored | undefined>): Promise<Stored | undefined> {
      const known = docs.get(id);
      if (known?.doc && nowMs() < known.untilMs) return known.doc;
      const entry: Entry = { untilMs: nowMs() + KNOWN_MS };
      docs.delete(id);
      docs.set(id, entry);
      const [oldest] = docs.keys();
      if (docs.size > MOST_DOCS && oldest !== undefined) docs.delete(oldest);
      const doc = await get();
      // Forgotten meanwhile, the entry is found by nobody: what was read may be from before.
      if (doc) entry.doc = Object.freeze(doc);
      return doc;
    },
  };
}
