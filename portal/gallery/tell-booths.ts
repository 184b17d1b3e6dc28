import { type Couch, CouchError } from '@photomaton/couch';
import {
  boothDatabase,
  type DeletionDoc,
  deletionId,
  type ReceiptDoc,
  receiptId,
} from '@photomaton/design-docs/docs';

/**
 * Tells the booths that took them that photos were deleted, or brought back: it comes down with their next sync. Done
 * again it changes nothing; a booth that has no database any more has nobody to tell.
 */
export async function tellBooths(
  { couch }: { couch: Couch },
  keys: string[],
  o: { deleted: boolean; now: Date },
): Promise<void> {
  for (const key of keys) {
    const db = boothDatabase(boothOf(key));
    const _id = deletionId(key);
    try {
      if (o.deleted) {
        await couch.update<DeletionDoc>(db, _id, (found) =>
          found ? undefined : { _id, type: 'deletion', at: o.now.toISOString() },
        );
      } else {
        const found = await couch.get<DeletionDoc>(db, _id);
        if (found) await couch.remove(db, _id, found._rev);
      }
    } catch (error) {
      // Revoked meanwhile, or told by another node at the same moment.
      if (!(error instanceof CouchError) || !['NOT_FOUND', 'CONFLICT'].includes(error.code)) throw error;
    }
  }
}

/** Since when the photo is not on its booth any more, as the booth says; undefined while it has not said so. */
export async function goneFromBooth({ couch }: { couch: Couch }, key: string): Promise<string | undefined> {
  return (await couch.get<ReceiptDoc>(boothDatabase(boothOf(key)), receiptId(key)))?.at;
}

const boothOf = (key: string): string => key.split(':')[1] ?? '';
