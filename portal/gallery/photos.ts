import type { Couch, Stored } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  type PhotoDoc,
  type PhotoKey,
  type PreviewDoc,
  parsePreviewId,
  previewId,
} from '@photomaton/design-docs/docs';
import { filmOf } from './clips.ts';

/** Photos on one page of the gallery. */
const PAGE_SIZE = 60;
const FIRST_ID = 'preview:';
/** After every preview: `;` follows `:`. */
const LAST_ID = 'preview;';

/** What the gallery shows of a photo. `key` is its place in order and its address. */
export interface GalleryPhoto {
  key: string;
  name: string;
  takenAt: string;
  width: number;
  height: number;
}

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
  return typeof text === 'string' ? parsePreviewId(FIRST_ID + text) : undefined;
}

/**
 * One page of an event, always as one range of ids: page 2,000 costs what page 1 does, and photos that
 * arrive meanwhile move nothing from one page to the next.
 */
export async function galleryPage(
  { couch }: { couch: Couch },
  event: EventId,
  place: Place,
): Promise<GalleryPage> {
  const db = eventDatabase(event);
  // One more than a page, to know whether there is another; and the key itself, which is not shown again.
  const limit = PAGE_SIZE + 2;
  if (place.kind === 'after') {
    const startkey = FIRST_ID + place.key;
    const found = await couch.range<PreviewDoc>(db, { startkey, endkey: LAST_ID, limit });
    const others = found.map(toPhoto).filter(({ key }) => key !== place.key);
    // Close to the newest there is no full page of newer ones: that is the first page.
    if (others.length <= PAGE_SIZE) return galleryPage({ couch }, event, { kind: 'newest' });
    const photos = others.slice(0, PAGE_SIZE).reverse();
    return { photos, newer: photos[0]?.key, older: photos.at(-1)?.key };
  }
  const startkey = place.kind === 'before' ? FIRST_ID + place.key : LAST_ID;
  const found = await couch.range<PreviewDoc>(db, { startkey, endkey: FIRST_ID, descending: true, limit });
  const others = found.map(toPhoto).filter(({ key }) => place.kind === 'newest' || key !== place.key);
  const photos = others.slice(0, PAGE_SIZE);
  return {
    photos,
    newer: place.kind === 'before' ? (photos[0]?.key ?? place.key) : undefined,
    older: others.length > PAGE_SIZE ? photos.at(-1)?.key : undefined,
  };
}

/** The newest photo of an event, if there is one. */
export async function newestPhoto(
  { couch }: { couch: Couch },
  event: EventId,
): Promise<GalleryPhoto | undefined> {
  const [doc] = await couch.range<PreviewDoc>(eventDatabase(event), {
    startkey: LAST_ID,
    endkey: FIRST_ID,
    descending: true,
    limit: 1,
  });
  return doc && toPhoto(doc);
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
  const db = eventDatabase(event);
  const startkey = previewId(key);
  const [older, newer, original] = await Promise.all([
    couch.range<PreviewDoc>(db, { startkey, endkey: FIRST_ID, descending: true, limit: 2 }),
    couch.range<PreviewDoc>(db, { startkey, endkey: LAST_ID, limit: 2 }),
    originalOf({ couch }, event, key),
  ]);
  const [doc] = newer;
  if (doc?._id !== startkey) return undefined;
  const keyOf = (found: PreviewDoc | undefined) => found && toPhoto(found).key;
  return { photo: toPhoto(doc), newer: keyOf(newer[1]), older: keyOf(older[1]), original };
}

/** The document of the original, if it has arrived. Its id ends with an MD5 that is not known before. */
export async function originalOf(
  { couch }: { couch: Couch },
  event: EventId,
  { time, booth, n }: PhotoKey,
): Promise<(PhotoDoc & Stored) | undefined> {
  const startkey = `photo:${time}:${booth}:${n}:`;
  const [doc] = await couch.range<PhotoDoc>(eventDatabase(event), {
    startkey,
    endkey: `${startkey}g`,
    limit: 1,
  });
  return doc;
}

/** How many photos have arrived whole. */
export async function countPhotos({ couch }: { couch: Couch }, event: EventId): Promise<number> {
  const { totalRows } = await couch.view(eventDatabase(event), EVENT_VIEWS.ddoc, EVENT_VIEWS.photos, {
    limit: 1,
  });
  return totalRows;
}

export interface NewPhotos {
  photos: GalleryPhoto[];
  /** Keys of photos whose film has arrived; the photo may have been there for long. */
  films: string[];
  /** To ask again from here. */
  seq: string;
  /** There is more already. */
  more: boolean;
}

const CHANGES_AT_ONCE = 200;

/** Photos whose previews, and films that arrived since a sequence, in the order of their arrival. */
export async function photosSince(
  { couch }: { couch: Couch },
  event: EventId,
  since: string,
): Promise<NewPhotos> {
  const { docs, lastSeq, pending } = await couch.changes<{ _id: string }>(eventDatabase(event), {
    since,
    limit: CHANGES_AT_ONCE,
  });
  const previews = docs.filter((doc): doc is PreviewDoc & Stored => parsePreviewId(doc._id) !== undefined);
  const films = docs.flatMap(({ _id }) => filmOf(_id) ?? []);
  return { photos: previews.map(toPhoto), films, seq: lastSeq, more: pending > 0 };
}

function toPhoto({ _id, name, takenAt, width, height }: PreviewDoc): GalleryPhoto {
  return { key: _id.slice(FIRST_ID.length), name, takenAt, width, height };
}
