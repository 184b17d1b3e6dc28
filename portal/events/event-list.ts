import type { Couch } from '@photomaton/couch';
import { type EventDoc, type EventId, FLEET_VIEWS, isEventId } from '@photomaton/design-docs/docs';
import { countPhotos, newestPhoto } from '../gallery/photos.ts';

/** An event as the list shows it: its newest photo on the front. */
export interface EventRow {
  event: EventId;
  title: string;
  createdAt: string;
  photos: number;
  /** Key of the newest photo; undefined while there is none. */
  cover: string | undefined;
}

const PAGE = 24;

/** A page of an account's events by id, from `from` on, newest first within it; `next` begins the page after. */
export async function listEvents(
  { couch }: { couch: Couch },
  account: string,
  from: unknown,
): Promise<{ events: EventRow[]; next: EventId | undefined }> {
  const { rows } = await couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
    startkey: [account, 'event', isEventId(from) ? from : ''],
    endkey: [account, 'event', {}],
    limit: PAGE + 1,
    includeDocs: true,
  });
  const docs = rows.flatMap(({ doc }) => (doc ? [doc] : []));
  const events = await Promise.all(
    docs.slice(0, PAGE).map(async ({ event, title, createdAt }) => {
      const [photos, newest] = await Promise.all([
        countPhotos({ couch }, event),
        newestPhoto({ couch }, event),
      ]);
      return { event, title, createdAt, photos, cover: newest?.key };
    }),
  );
  events.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return { events, next: docs[PAGE]?.event };
}
