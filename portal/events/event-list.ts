import type { Couch } from '@photomaton/couch';
import { type EventDoc, type EventId, FLEET_VIEWS } from '@photomaton/design-docs/docs';
import { countPhotos, newestPhoto } from '../gallery/photos.ts';

/** An event as the list shows it: its newest photo on the front. */
export interface EventRow {
  event: EventId;
  title: string;
  createdAt: string;
  days: EventDoc['days'];
  photos: number;
  /** Key of the newest photo; undefined while there is none. */
  cover: string | undefined;
}

const PAGE = 24;
/** In a list to choose from. */
const MOST_CHOICES = 1000;

/** Where a page begins, as an address has it: first day and id. */
const PLACE = /^(\d{4}-\d\d-\d\d)\.([0-9a-f]{24})$/;

/** A page of an account's events, the latest day first, from `from` on; `next` begins the page after. */
export async function listEvents(
  { couch }: { couch: Couch },
  account: string,
  from?: unknown,
  limit = PAGE,
): Promise<{ events: EventRow[]; next: string | undefined }> {
  const [, day, id] = PLACE.exec(typeof from === 'string' ? from : '') ?? [];
  const { rows } = await couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byDay, {
    startkey: day ? [account, day, id] : [account, {}],
    endkey: [account],
    descending: true,
    limit: limit + 1,
    includeDocs: true,
  });
  const docs = rows.flatMap(({ doc }) => (doc ? [doc] : []));
  const events = await Promise.all(
    docs.slice(0, limit).map(async ({ event, title, createdAt, days }) => {
      const [photos, newest] = await Promise.all([
        countPhotos({ couch }, event),
        newestPhoto({ couch }, event),
      ]);
      return { event, title, createdAt, days, photos, cover: newest?.key };
    }),
  );
  const [, nextDay] = (rows[limit]?.key ?? []) as string[];
  return { events, next: nextDay && `${nextDay}.${docs[limit]?.event}` };
}

/** An account's events, the latest day first, to choose one of them. */
export async function eventsOf({ couch }: { couch: Couch }, account: string): Promise<EventDoc[]> {
  const { rows } = await couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byDay, {
    ...{ startkey: [account, {}], endkey: [account], descending: true },
    ...{ limit: MOST_CHOICES, includeDocs: true },
  });
  return rows.flatMap(({ doc }) => (doc ? [doc] : []));
}
