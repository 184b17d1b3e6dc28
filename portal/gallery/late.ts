import type { Couch } from '@photomaton/couch';
import { type EventId, eventDatabase, type MarkDoc, type RemovalDoc } from '@photomaton/design-docs/docs';
import type { Held } from './carry.ts';
import { sendAfter } from './moves.ts';
import { SWEPT } from './removal.ts';
import { keyOf } from './walk.ts';

const BATCH = 100;

/**
 * A booth that was away may send the original, a shot or a film of a photo that was removed meanwhile. Nobody sees them,
 * as their preview is gone. Here they go too; those of a photo that was moved go after it.
 *
 * Only the revisions that the changes told of are touched, and records and marks are read after them: what a photo
 * brings along that comes back at this moment is not among them.
 */
export async function sweepLate({ couch }: { couch: Couch }, event: EventId): Promise<void> {
  const db = eventDatabase(event);
  const swept = await couch.get<{ seq: string }>(db, SWEPT);
  if (!swept) return; // nothing was ever removed
  for (let { seq } = swept, isLast = false; !isLast; ) {
    const { docs, lastSeq, pending } = await couch.changes<Held>(db, { since: seq, limit: BATCH });
    for (const [key, parts] of byPhoto(docs)) await clear({ couch }, event, key, parts);
    isLast = pending === 0;
    if (lastSeq !== seq) await couch.update(db, SWEPT, () => ({ _id: SWEPT, seq: lastSeq }));
    seq = lastSeq;
  }
}

async function clear({ couch }: { couch: Couch }, event: EventId, key: string, parts: Held[]): Promise<void> {
  const db = eventDatabase(event);
  const [removal, mark] = (await couch.getMany(db, [`removal:${key}`, `mark:${key}`])) as [
    RemovalDoc | undefined,
    MarkDoc | undefined,
  ];
  if (!removal) return;
  const { movedTo } = removal;
  if (movedTo === undefined) {
    for (const { _id, _rev } of parts) await couch.remove(db, _id, _rev);
  } else if (!mark?.from || mark.moving?.there) {
    // It has not come back.
    await sendAfter({ couch }, parts, { from: event, to: movedTo });
  }
}

function byPhoto(docs: Held[]): Map<string, Held[]> {
  const parts = docs.filter(({ _id }) => /^(photo|preview|shot|clip):/.test(_id));
  const keys = new Set(parts.map(({ _id }) => keyOf(_id)));
  return new Map([...keys].map((key) => [key, parts.filter(({ _id }) => keyOf(_id) === key)]));
}
