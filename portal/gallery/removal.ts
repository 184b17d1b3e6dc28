import type { Couch } from '@photomaton/couch';
import { type EventId, eventDatabase, type RemovalDoc } from '@photomaton/design-docs/docs';

/** `_local`: the sequence up to which late documents of removed photos were looked for. */
export const SWEPT = '_local/swept';

/**
 * Puts on record that a photo is not in an event any more, before anything of it goes. What comes of it from this
 * moment on is found by {@link sweepLate}. Done again it changes nothing; that of a deleted photo stays as it is.
 */
export async function recordRemoval(
  { couch }: { couch: Couch },
  event: EventId,
  key: string,
  removal: Pick<RemovalDoc, 'at' | 'by' | 'movedTo'>,
): Promise<void> {
  const db = eventDatabase(event);
  const seq = (await couch.info(db))?.updateSeq ?? '0';
  await couch.update<{ _id: string; seq: string }>(db, SWEPT, (found) =>
    found ? undefined : { _id: SWEPT, seq },
  );
  const _id = `removal:${key}`;
  await couch.update<RemovalDoc>(db, _id, (found) =>
    found && (!found.movedTo || found.at === removal.at) ? undefined : { _id, type: 'removal', ...removal },
  );
}
