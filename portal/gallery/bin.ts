import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventDoc,
  type EventId,
  eventDatabase,
  type MarkDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { docsOf } from './carry.ts';
import { sweepLate } from './late.ts';
import { finishMove, finishMoves } from './moves.ts';
import { recordRemoval } from './removal.ts';
import { tellBooths } from './tell-booths.ts';
import { keyOf } from './walk.ts';

const SWEEP_EVERY_MS = 3600_000;
/** After a photo's time in the bin is over: longer than any request lives that could still bring it back. */
const GRACE_MS = 10 * 60_000;
const BATCH = 100;

interface Sweep {
  couch: Couch;
  now: Date;
}

/**
 * Removes photos whose time in the bin is over, with everything that belongs to them; a record stays. It may be killed
 * at any line and done again, by several nodes at once: the record is written first and the mark goes last, so that a
 * photo that is half-removed is shown to nobody and found again. Goes on with moves that were cut short, too. Gives how
 * many were removed.
 */
export async function sweepBin({ couch, now }: Sweep, event: EventId): Promise<number> {
  const [marked] = await couch.ids(eventDatabase(event), { startkey: 'mark:', endkey: 'mark:~', limit: 1 });
  // Most events have none, and their views need not be asked for.
  if (marked === undefined) return sweepLate({ couch }, event).then(() => 0);
  const endkey = new Date(now.getTime() - GRACE_MS).toISOString();
  await tellOfBin({ couch, now }, event);
  let removed = 0;
  while (true) {
    const { rows } = await couch.view<MarkDoc>(eventDatabase(event), EVENT_VIEWS.ddoc, EVENT_VIEWS.bin, {
      ...{ endkey, limit: BATCH, includeDocs: true },
    });
    for (const { doc } of rows) if (doc) await removePhoto({ couch }, event, doc);
    removed += rows.length;
    if (rows.length < BATCH) break;
  }
  await sweepLate({ couch }, event);
  await finishMoves({ couch }, event);
  return removed;
}

/** Whoever marked a photo may have been killed before its booth was told. */
async function tellOfBin({ couch, now }: Sweep, event: EventId): Promise<void> {
  for (let startkey: unknown; ; ) {
    const { rows } = await couch.view(eventDatabase(event), EVENT_VIEWS.ddoc, EVENT_VIEWS.bin, {
      ...{ ...(startkey !== undefined && { startkey }), limit: BATCH },
    });
    const keys = rows.map(({ id }) => keyOf(id));
    await tellBooths({ couch }, event, keys, now);
    const last = rows.at(-1)?.key;
    // More than a batch of one moment: the rest of them is told when these are removed.
    if (rows.length < BATCH || last === startkey) return;
    startkey = last;
  }
}

async function removePhoto(
  { couch }: { couch: Couch },
  event: EventId,
  mark: MarkDoc & { _rev: string },
): Promise<void> {
  if (!mark.deleted) return;
  const { at, by } = mark.deleted;
  const key = keyOf(mark._id);
  // It came from another event: what is left of it there goes before the record that it was moved here is of no use.
  if (mark.from) await finishMove({ couch }, mark.from.event, key);
  await recordRemoval({ couch }, event, key, { at, by });
  const db = eventDatabase(event);
  for (const { _id, _rev } of await docsOf({ couch }, event, key)) await couch.remove(db, _id, _rev);
  await couch.remove(db, mark._id, mark._rev);
}

/** Sweeps the bins of all events every hour until aborted. A database that is away is tried again at the next turn. */
export async function keepBinsSwept({
  couch,
  log,
  signal,
}: {
  couch: Couch;
  log: Logger;
  signal: AbortSignal;
}): Promise<void> {
  while (!signal.aborted) {
    for await (const event of allEvents(couch, log)) {
      if (signal.aborted) return;
      try {
        const removed = await sweepBin({ couch, now: new Date() }, event);
        if (removed > 0) log.info({ event, removed }, 'deleted photos removed');
      } catch (error) {
        if (!(error instanceof CouchError)) throw error;
        log.warn({ event, code: error.code }, 'bin not swept');
      }
    }
    await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function* allEvents(couch: Couch, log: Logger): AsyncGenerator<EventId> {
  try {
    for (let startkey = 'event:'; ; ) {
      const docs = await couch.range<EventDoc>('fleet', { startkey, endkey: 'event:~', limit: BATCH });
      for (const { event } of docs) yield event;
      const last = docs.at(-1);
      if (!last || docs.length < BATCH) return;
      startkey = `${last._id}~`;
    }
  } catch (error) {
    if (!(error instanceof CouchError)) throw error;
    log.warn({ code: error.code }, 'events not listed');
  }
}
