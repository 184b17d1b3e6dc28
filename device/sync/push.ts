import type { EventId } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';
import { docsIn, type Waiting } from '../store/cloud.ts';
import type { QueuedDoc } from '../store/queue-doc.ts';
import type { Store } from '../store/store.ts';
import { inHalves } from './in-halves.ts';
import { type ReadAttachment, readLater } from './multipart.ts';
import { refusalOf } from './outcome.ts';
import type { Refusals } from './refusals.ts';
import { verify } from './verify.ts';

/** Replications side by side: while one asks what is missing or verifies, the other sends. */
const WORKERS = 2;
/** What is sent before it is verified and let go of: few on a slow line, more with each round that is quick. */
const FIRST_ROUND = 4;
const MOST_PER_ROUND = 128;
const QUICK_ROUND_MS = 5_000;
const PREVIEWS_PER_ROUND = 50;

type PushStore = Pick<Store, 'waiting' | 'settleTimes' | 'release' | 'onChange'>;

/** An event's database, twice: small pictures do not queue behind large ones. */
export interface Target {
  previews: PouchDB.Database;
  /** For shots and clips too. */
  originals: PouchDB.Database;
}

/**
 * Pushes what waits, each photo to the event that it was taken at: all previews first, then the originals, oldest
 * first, then shots and clips. Previews that are made meanwhile go at once, beside the originals. What was pushed is released when the
 * server was asked what it holds, and has it.
 *
 * Each document is tried once. What was tried in vain is added to `refusals`, with the reason; so is everything for
 * an event that is not open to this booth any more. Rejects when the line breaks, and, after all others, when the
 * event of now is not open.
 */
export async function pushWaiting({
  store,
  targetOf,
  now,
  read,
  refusals,
  signal,
  onRound,
}: {
  store: PushStore;
  targetOf(event: EventId): Target;
  /** The event of now, to which photos go that say no other. */
  now: EventId;
  read: (db: PouchDB.Database) => ReadAttachment;
  refusals: Pick<Refusals, 'add' | 'isResting'>;
  signal: AbortSignal;
  /** After each round: what the server holds has changed. */
  onRound(): void;
}): Promise<void> {
  const tried = new Set<string>();
  const eventOf = (doc: QueuedDoc) => doc.event ?? now;
  const isNext = (doc: QueuedDoc) => !tried.has(doc.id) && !refusals.isResting(doc.id);

  /** The oldest that were not tried yet, of one segment. */
  function take(event: EventId, docsOf: (segment: Waiting) => QueuedDoc[], most: number): Part | undefined {
    for (const segment of store.waiting()) {
      const docs = docsOf(segment)
        .filter((doc) => eventOf(doc) === event && isNext(doc))
        .slice(0, most);
      for (const { id } of docs) tried.add(id);
      if (docs.length > 0) return { db: segment.db, docs };
    }
    return undefined;
  }

  async function push(event: EventId, remote: PouchDB.Database, { db, docs }: Part): Promise<void> {
    const reasons = new Map<string, string>();
    const source = readLater(db, read(db));
    await inHalves(docs, (some) => replicate({ source, docs: some, remote, signal, reasons }));
    const verified = new Set(await verify(remote, docs));
    await store.release([...verified], event);
    const inVain = docs.filter(({ id }) => !verified.has(id));
    refusals.add(
      inVain.map(({ id }) => ({
        id,
        reason: reasons.get(id) ?? 'the server does not hold it after the push',
      })),
    );
    onRound();
  }

  async function pushEvent(event: EventId): Promise<void> {
    const { previews, originals } = targetOf(event);
    const nextPreviews = async () => {
      await store.settleTimes();
      return take(event, (segment) => segment.previews, PREVIEWS_PER_ROUND);
    };
    for (let part = await nextPreviews(); part; part = await nextPreviews())
      await push(event, previews, part);

    let size = FIRST_ROUND;
    async function pushOriginals(): Promise<void> {
      for (;;) {
        signal.throwIfAborted();
        await store.settleTimes();
        const part =
          take(event, (segment) => segment.originals, size) ?? take(event, (segment) => segment.extras, size);
        if (!part) return;
        const started = performance.now();
        await push(event, originals, part);
        const isQuick = performance.now() - started < QUICK_ROUND_MS;
        size = isQuick ? Math.min(MOST_PER_ROUND, size * 2) : FIRST_ROUND;
      }
    }
    const done = new AbortController();
    async function pushNewPreviews(): Promise<void> {
      while (!done.signal.aborted) {
        const part = await nextPreviews();
        if (part) await push(event, previews, part);
        else await changeOf(store, done.signal);
      }
    }
    const workers = Array.from({ length: WORKERS }, pushOriginals);
    void Promise.allSettled(workers).then(() => done.abort());
    // When one fails, the others are still at work: they are waited for before anyone is told.
    for (const ended of await Promise.allSettled([...workers, pushNewPreviews()])) {
      if (ended.status === 'rejected') throw ended.reason;
    }
  }

  await store.settleTimes(); // what waits is known from here on
  let refusedNow: unknown;
  for (const event of eventsOf(store.waiting(), now)) {
    try {
      await pushEvent(event);
    } catch (error) {
      if (!refusalOf(error)) throw error;
      if (event === now) refusedNow = error;
      else refusals.add(allOf(store.waiting(), event).map(({ id }) => ({ id, reason: NOT_OPEN })));
    }
  }
  if (refusedNow) throw refusedNow;
}

const NOT_OPEN = 'the event that it was taken at is not open to this booth any more';

/** Documents of one segment. */
interface Part {
  db: PouchDB.Database;
  docs: QueuedDoc[];
}

/** That of now first. */
function eventsOf(waiting: Waiting[], now: EventId): Set<EventId> {
  const others = waiting.flatMap((segment) => docsIn(segment).flatMap(({ event }) => event ?? []));
  return new Set([now, ...others]);
}

function allOf(waiting: Waiting[], event: EventId): QueuedDoc[] {
  return waiting.flatMap(docsIn).filter((doc) => doc.event === event);
}

/** Resolves at the next change, or when the signal is aborted. */
async function changeOf(store: Pick<Store, 'onChange'>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      endListening();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const endListening = store.onChange(end);
    signal.addEventListener('abort', end);
  });
}

/**
 * Replication of these documents, with PouchDB's own protocol. No checkpoints: what is verified is remembered in
 * the queue, `_revs_diff` keeps what is there from being sent again, and a checkpoint would hide a document that
 * the server has lost.
 */
async function replicate({
  source,
  docs,
  remote,
  signal,
  reasons,
}: {
  source: PouchDB.Database;
  docs: QueuedDoc[];
  remote: PouchDB.Database;
  signal: AbortSignal;
  /** Why single documents were refused. */
  reasons: Map<string, string>;
}): Promise<void> {
  const replication = PouchDB.replicate(source, remote, {
    doc_ids: docs.map(({ id }) => id),
    batch_size: docs.length,
    batches_limit: 1,
    checkpoint: false,
    retry: false,
  });
  // PouchDB's types call what `denied` brings unknown; it is CouchDB's refusal of one document.
  replication.on('denied', (denied) => {
    const { id, reason } = denied as unknown as { id: string; reason?: string };
    reasons.set(id, reason ?? 'forbidden');
  });
  const cancel = () => replication.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    await replication;
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
