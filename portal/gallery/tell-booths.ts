import { type Couch, CouchError } from '@photomaton/couch';
import {
  boothDatabase,
  type DeletionDoc,
  deletionId,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type ReceiptDoc,
  type RemovalDoc,
  receiptId,
} from '@photomaton/design-docs/docs';

/**
 * Tells the booths that took them whether photos of an event are deleted: it comes down with their next sync. Done again
 * it changes nothing; a booth that has no database any more has nobody to tell.
 */
export async function tellBooths(
  { couch }: { couch: Couch },
  event: EventId,
  keys: string[],
  now: Date,
): Promise<void> {
  for (const key of keys) {
    try {
      await tellBooth({ couch }, event, key, now);
    } catch (error) {
      // Revoked meanwhile, or told by another node at the same moment.
      if (!(error instanceof CouchError) || !['NOT_FOUND', 'CONFLICT'].includes(error.code)) throw error;
    }
  }
}

/**
 * Again until what was told still stands in the event: a photo may be brought back between the look at it and the word
 * to its booth, and whoever did that may have been here before.
 */
async function tellBooth({ couch }: { couch: Couch }, event: EventId, key: string, now: Date): Promise<void> {
  const db = boothDatabase(boothOf(key));
  const _id = deletionId(key);
  for (let told: boolean | undefined; ; ) {
    const [mark, removal] = await couch.getMany<MarkDoc | RemovalDoc>(eventDatabase(event), [
      `mark:${key}`,
      `removal:${key}`,
    ]);
    const isRemoved = removal?.type === 'removal' && !removal.movedTo;
    const isDeleted = isRemoved || (mark?.type === 'mark' && mark.deleted !== undefined);
    if (isDeleted === told) return;
    const deletion: DeletionDoc = { _id, type: 'deletion', at: now.toISOString() };
    const found = await couch.get<DeletionDoc>(db, _id);
    if (isDeleted && !found) await couch.put<DeletionDoc>(db, deletion);
    if (!isDeleted && found) await couch.remove(db, _id, found._rev);
    told = isDeleted;
  }
}

/** Since when the photo is not on its booth any more, as the booth says; undefined while it has not said so. */
export async function goneFromBooth({ couch }: { couch: Couch }, key: string): Promise<string | undefined> {
  return (await couch.get<ReceiptDoc>(boothDatabase(boothOf(key)), receiptId(key)))?.at;
}

const boothOf = (key: string): string => key.split(':')[1] ?? '';
