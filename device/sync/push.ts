import PouchDB from 'pouchdb';
import type { QueuedDoc } from '../store/segment.ts';
import type { Store, Waiting } from '../store/store.ts';
import { verify } from './verify.ts';

/** A document that is still on the booth after a try, with the reason. */
export interface Refused {
  id: string;
  reason: string;
}

/** Originals in one round: new previews wait no longer than this many photos take. */
const ORIGINALS_PER_ROUND = 16;
const PREVIEWS_PER_ROUND = 100;
/** Replications side by side: while one asks what is missing and reads its next batch, the other sends. */
const LANES = 2;
/** A batch is in memory at once. */
const BATCH_SIZE = 4;
/** Photos that one lane has under way at once. */
export const PARALLEL_PER_LANE = 3;

type PushStore = Pick<Store, 'waiting' | 'release'>;

/**
 * Pushes what waits, in rounds: all previews, then the oldest originals, until nothing is left that was not tried.
 * After each push the server is asked what it holds; only that is released. Gives what was tried in vain.
 */
export async function pushWaiting({
  store,
  remote,
  signal,
  onRound,
}: {
  store: PushStore;
  /** The event's database. */
  remote: PouchDB.Database;
  signal: AbortSignal;
  /** After each round: what the server holds has changed. */
  onRound(): Promise<void>;
}): Promise<Refused[]> {
  const inVain = new Map<string, string>();
  const untried = ({ id }: QueuedDoc) => !inVain.has(id);

  async function push(part: Part): Promise<void> {
    const refusals = new Map<string, string>();
    const lanes = inLanes(part).map((lane) => replicate(lane, remote, { signal, refusals }));
    // When one fails, the other is still writing: it is waited for before anyone is told.
    for (const ended of await Promise.allSettled(lanes)) if (ended.status === 'rejected') throw ended.reason;
    const verified = new Set(await verify(remote, part.docs));
    await store.release([...verified]);
    for (const { id } of part.docs) {
      if (!verified.has(id)) inVain.set(id, refusals.get(id) ?? 'the server does not hold it after the push');
    }
  }

  while (!signal.aborted) {
    const previews = pick(store.waiting(), ({ previews }) => previews.filter(untried), PREVIEWS_PER_ROUND);
    for (const part of previews) await push(part);
    if (previews.length > 0) {
      await onRound();
      continue;
    }
    const originals = pick(
      store.waiting(),
      ({ originals }) => originals.filter(untried),
      ORIGINALS_PER_ROUND,
    );
    if (originals.length === 0) break;
    for (const part of originals) await push(part);
    await onRound();
  }
  return [...inVain].map(([id, reason]) => ({ id, reason }));
}

/** Documents of one segment. */
interface Part {
  db: PouchDB.Database;
  docs: QueuedDoc[];
}

/** The first `most` documents, by segment. */
function pick(waiting: Waiting[], docsOf: (segment: Waiting) => QueuedDoc[], most: number): Part[] {
  const parts: Part[] = [];
  let room = most;
  for (const segment of waiting) {
    const docs = docsOf(segment).slice(0, room);
    room -= docs.length;
    if (docs.length > 0) parts.push({ db: segment.db, docs });
  }
  return parts;
}

/** Dealt out like cards, so that every lane has the oldest of what is left. */
function inLanes({ db, docs }: Part): Part[] {
  const lanes = Array.from({ length: LANES }, (_, lane) => docs.filter((_, i) => i % LANES === lane));
  return lanes.filter((lane) => lane.length > 0).map((lane) => ({ db, docs: lane }));
}

/**
 * Replication of these documents, with PouchDB's own protocol. No checkpoints: what is verified is remembered in
 * the queue, `_revs_diff` keeps what is there from being sent again, and a checkpoint would hide a document that
 * the server has lost.
 */
async function replicate(
  { db, docs }: Part,
  remote: PouchDB.Database,
  { signal, refusals }: { signal: AbortSignal; refusals: Map<string, string> },
): Promise<void> {
  const replication = PouchDB.replicate(db, remote, {
    doc_ids: docs.map(({ id }) => id),
    batch_size: BATCH_SIZE,
    batches_limit: 1,
    checkpoint: false,
    retry: false,
  });
  // PouchDB's types call what `denied` brings unknown; it is CouchDB's refusal of one document.
  replication.on('denied', (denied) => {
    const { id, reason } = denied as unknown as { id: string; reason?: string };
    refusals.set(id, reason ?? 'forbidden');
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
