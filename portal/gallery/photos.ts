import type { Couch, Stored } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  keyText,
  type PhotoDoc,
  type PhotoKey,
  parsePreviewId,
} from '@photomaton/design-docs/docs';
import { LRUCache } from 'lru-cache';
import type { Filter } from './filter.ts';
import { type GalleryPhoto, photosOfKeys, walk } from './walk.ts';

/** Photos on one page of the gallery. */
const PAGE_SIZE = 60;
/** Looked at for one page when a filter lets few through; what is further on belongs to the page after. */
const MOST_LOOKED_AT = 3_000;
const LEG_SIZE = 400;

export interface GalleryPage {
  /** Newest first. */
  photos: GalleryPhoto[];
  /** Key after which the newer page ends, and before which the older page begins; undefined: none. */
  newer: string | undefined;
  older: string | undefined;
}

/** Where a page is: the newest photos, those older than a key, or those just newer than one. */
export type Place = { kind: 'newest' } | { kind: 'before' | 'after'; key: string };

/** The key that a text from an address (a preview's id without its first word) stands for, or undefined. */
export function parseKey(text: unknown): PhotoKey | undefined {
  return typeof text === 'string' ? parsePreviewId(`preview:${text}`) : undefined;
}

/**
 * One page of an event: so much of a walk as fills it. Page 2,000 costs what page 1 does, and photos that arrive
 * meanwhile move nothing from one page to the next.
 */
export async function galleryPage(
  { couch }: { couch: Couch },
  event: EventId,
  { place, filter }: { place: Place; filter: Filter },
): Promise<GalleryPage> {
  const descending = place.kind !== 'after';
  const after = place.kind === 'newest' ? undefined : place.key;
  const isPlain = Object.keys(filter).length === 0;
  // One more than a page, to know whether there is another.
  const legSize = isPlain ? PAGE_SIZE + 1 : LEG_SIZE;
  const found: GalleryPhoto[] = [];
  let lookedAt = 0;
  let at: string | undefined;
  for await (const leg of walk({ couch }, event, { filter, descending, after, legSize })) {
    found.push(...leg.photos);
    lookedAt += leg.lookedAt;
    at = leg.isLast ? undefined : leg.at;
    if (found.length > PAGE_SIZE || lookedAt >= MOST_LOOKED_AT) break;
  }
  const photos = found.slice(0, PAGE_SIZE);
  const further = found.length > PAGE_SIZE ? photos.at(-1)?.key : at;
  if (descending) {
    return { photos, newer: after && (photos[0]?.key ?? after), older: further };
  }
  // Close to the newest there is no full page of newer ones: that is the first page.
  if (further === undefined) return galleryPage({ couch }, event, { place: { kind: 'newest' }, filter });
  return { photos: photos.reverse(), newer: further, older: photos.at(-1)?.key ?? after };
}

/** The newest photo of an event, if there is one. */
export async function newestPhoto(
  { couch }: { couch: Couch },
  event: EventId,
): Promise<GalleryPhoto | undefined> {
  return nextPhoto({ couch }, event, { descending: true });
}

/** The photo beside a key that the gallery shows, in one direction; without a key the first of all. */
async function nextPhoto(
  { couch }: { couch: Couch },
  event: EventId,
  direction: { after?: string; descending: boolean },
): Promise<GalleryPhoto | undefined> {
  for await (const { photos } of walk({ couch }, event, { ...direction, filter: {}, legSize: 4 })) {
    if (photos[0]) return photos[0];
  }
  return undefined;
}

export interface PhotoWithNeighbours {
  photo: GalleryPhoto;
  newer: string | undefined;
  older: string | undefined;
  /** Undefined while only the preview has arrived. */
  original: (PhotoDoc & Stored) | undefined;
}

/** One photo and the keys on either side of it, or undefined when there is no such photo. */
export async function photoWithNeighbours(
  { couch }: { couch: Couch },
  event: EventId,
  key: PhotoKey,
): Promise<PhotoWithNeighbours | undefined> {
  const after = keyText(key);
  const [[photo], older, newer] = await Promise.all([
    photosOfKeys({ couch, db: eventDatabase(event) }, [after]),
    nextPhoto({ couch }, event, { after, descending: true }),
    nextPhoto({ couch }, event, { after, descending: false }),
  ]);
  if (!photo) return undefined;
  const original = await couch.get<PhotoDoc>(eventDatabase(event), photo.original);
  return { photo, newer: newer?.key, older: older?.key, original };
}

/** Counts, and the sequence of the event at which they were made: after the party an event does not change any more. */
const counted = new LRUCache<EventId, { seq: string; count: number }>({ max: 1_000 });

/**
 * How many photos have arrived whole and were not deleted. `since`: the sequence of the event, from whoever has just read
 * it. Read before the counts, these may know of more, never of less.
 */
export async function countPhotos(
  { couch }: { couch: Couch },
  event: EventId,
  since?: string,
): Promise<number> {
  const db = eventDatabase(event);
  const seq = since ?? (await couch.info(db))?.updateSeq;
  const known = counted.get(event);
  if (known && known.seq === seq) return known.count;
  const [arrived, deleted] = await Promise.all(
    [EVENT_VIEWS.photos, EVENT_VIEWS.bin].map((view) => couch.view(db, EVENT_VIEWS.ddoc, view, { limit: 1 })),
  );
  const count = Math.max(0, (arrived?.totalRows ?? 0) - (deleted?.totalRows ?? 0));
  if (seq !== undefined) counted.set(event, { seq, count });
  return count;
}
