import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type PreviewDoc,
  type RemovalDoc,
} from '@photomaton/design-docs/docs';
import type { ShareKey } from '@photomaton/design-docs/share';
import { keyOf } from '../gallery/walk.ts';

/** Events asked at the same time, newest first. */
const EVENTS_AT_ONCE = 8;
/** From event to event a photo is followed so far: nobody moves one as often without bringing it back. */
const MOST_MOVES = 20;

/** The photo, or the record that it is gone, and in which event. */
export interface Place {
  event: EventId;
  doc: (PreviewDoc | RemovalDoc) & Stored;
}

interface Parts {
  couch: Couch;
}

/**
 * Where a photo is of which only booth and counter are known, among these events: undefined while its small pictures have
 * not arrived, the record of its end when it is gone. One that was moved, or is on its way, is where it came from until it
 * is seen where it goes.
 */
export async function placeOf(o: Parts, events: EventId[], share: ShareKey): Promise<Place | undefined> {
  const first = await firstPlace(o, events, share);
  return first && (await follow(o, first, share));
}

async function placeIn({ couch }: Parts, event: EventId, { booth, n }: ShareKey): Promise<Place | undefined> {
  const options = { key: [booth, n], limit: 1, includeDocs: true };
  try {
    const { rows } = await couch.view<PreviewDoc | RemovalDoc>(
      eventDatabase(event),
      EVENT_VIEWS.ddoc,
      EVENT_VIEWS.previews,
      options,
    );
    const doc = rows[0]?.doc;
    return doc && { event, doc };
  } catch (error) {
    // An event that its owner deleted takes its photos along.
    if (error instanceof CouchError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function firstPlace(o: Parts, events: EventId[], share: ShareKey): Promise<Place | undefined> {
  const newestFirst = events.toReversed();
  for (let i = 0; i < newestFirst.length; i += EVENTS_AT_ONCE) {
    const some = newestFirst.slice(i, i + EVENTS_AT_ONCE);
    const found = await Promise.all(some.map((event) => placeIn(o, event, share)));
    const first = found.find((one) => one !== undefined);
    if (first) return first;
  }
  return undefined;
}

async function follow(o: Parts, first: Place, share: ShareKey): Promise<Place> {
  let at = first;
  for (let moves = 0; moves <= MOST_MOVES; moves += 1) {
    const isHere = at.doc.type === 'preview';
    const to = at.doc.type === 'removal' ? at.doc.movedTo : (await markOf(o, at))?.moving?.to;
    if (to === undefined) return at;
    const next = await placeIn(o, to, share);
    if (!next || (isHere && next.doc.type !== 'preview')) return at;
    at = next;
  }
  return at;
}

/** What is wanted of the photo there. */
export const markOf = ({ couch }: Parts, { event, doc }: Place): Promise<(MarkDoc & Stored) | undefined> =>
  couch.get<MarkDoc>(eventDatabase(event), `mark:${keyOf(doc._id)}`);
