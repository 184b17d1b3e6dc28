import type { Couch, Stored } from '@photomaton/couch';
import { type BoothDoc, boothDocId, type EventDoc } from '@photomaton/design-docs/docs';

/** Booths that are at the event now: of those that may add to it, some have left. */
export async function boothsAt({ couch }: { couch: Couch }, event: EventDoc): Promise<BoothDoc[]> {
  const docs = await couch.getMany<BoothDoc>('fleet', event.booths.map(boothDocId));
  return docs.filter(
    (doc): doc is BoothDoc & Stored => doc?.event === event.event && doc.owner === event.owner,
  );
}

/** Booths that show the event's title: those at it, and those on which it may be chosen. */
export async function boothsNaming({ couch }: { couch: Couch }, event: EventDoc): Promise<BoothDoc[]> {
  const docs = await couch.getMany<BoothDoc>('fleet', event.booths.map(boothDocId));
  return docs.filter(
    (doc): doc is BoothDoc & Stored =>
      doc?.owner === event.owner &&
      (doc.event === event.event || doc.choices?.includes(event.event) === true),
  );
}
