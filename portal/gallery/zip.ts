import { parse } from 'node:path';
import { Readable } from 'node:stream';
import type { Couch } from '@photomaton/couch';
import { type EventId, eventDatabase, PHOTO_ATTACHMENT, serialOf } from '@photomaton/design-docs/docs';
import type { Filter } from './filter.ts';
import { type GalleryPhoto, photosOfKeys, walk } from './walk.ts';
import { type ZipEntry, zipBytes } from './zip-format.ts';

const LEG_SIZE = 200;

/** Originals of an event that a filter lets through, the oldest first. */
export async function* photosToKeep(
  { couch }: { couch: Couch },
  event: EventId,
  filter: Filter,
): AsyncGenerator<GalleryPhoto> {
  for await (const { photos } of walk({ couch }, event, { filter, legSize: LEG_SIZE, of: 'photo' }))
    yield* photos;
}

/** Those of these keys that are there, in their order. */
export async function* photosChosen(
  { couch }: { couch: Couch },
  event: EventId,
  keys: string[],
): AsyncGenerator<GalleryPhoto> {
  const db = eventDatabase(event);
  for (let i = 0; i < keys.length; i += LEG_SIZE) {
    const photos = await photosOfKeys({ couch, db }, keys.slice(i, i + LEG_SIZE));
    yield* photos.filter(({ mark }) => !mark.deleted);
  }
}

/** Which attachment of an event is given of a photo; undefined: none yet. */
export type Picking = (photo: GalleryPhoto) => Promise<{ id: string; attachment: string } | undefined>;

/** The original, as it came. */
const original: Picking = async (photo) => ({ id: photo.original, attachment: PHOTO_ATTACHMENT });

/**
 * A zip of photos as a stream that is made while it is read: the bytes of one photo after another go through as
 * CouchDB gives them, and only the next is asked for before its turn. A photo whose original is still on the booth is left out.
 * Ends with an error when CouchDB does, so that nobody takes a part for the whole.
 */
export function zipOf(
  { couch, signal }: { couch: Pick<Couch, 'attachment'>; signal: AbortSignal },
  event: EventId,
  photos: AsyncIterable<GalleryPhoto>,
  pick: Picking = original,
): Readable {
  return readableZip(zipEntries({ couch, signal }, event, photos, { pick }));
}

/** Bytes are counted, not pieces: a piece may be a whole photo. */
export const readableZip = (entries: AsyncIterable<ZipEntry>): Readable =>
  Readable.from(zipBytes(entries), { objectMode: false });

/** The photos of one event as files of a zip, in a folder of it (`folder/`) if one is given. */
export async function* zipEntries(
  { couch, signal }: { couch: Pick<Couch, 'attachment'>; signal: AbortSignal },
  event: EventId,
  photos: AsyncIterable<GalleryPhoto>,
  { folder = '', pick = original }: { folder?: string; pick?: Picking } = {},
): AsyncGenerator<ZipEntry> {
  const names = new Set<string>();
  const opened = oneAhead(photos, async (photo) => {
    const picked = await pick(photo);
    const answer =
      picked && (await couch.attachment(eventDatabase(event), picked.id, picked.attachment, { signal }));
    // Aborted before its turn it is read by nobody, who would hear of it otherwise.
    answer?.body.on('error', () => undefined);
    return { photo, body: answer?.body };
  });
  for await (const { photo, body } of opened) {
    if (!body) continue;
    // A zip's times have no zone: the clock on the wall at the party.
    const lastModified = new Date(photo.takenAt.slice(0, 19));
    const name = `${folder}${nameIn(names, photo)}`;
    yield { name, lastModified, input: body as AsyncIterable<Uint8Array> };
  }
}

/**
 * What `open` makes of the items, in their order. The next is opened while one is used: its first bytes are there when
 * its turn comes.
 */
async function* oneAhead<T, R>(items: AsyncIterable<T>, open: (item: T) => Promise<R>): AsyncGenerator<R> {
  let next: Promise<R> | undefined;
  for await (const item of items) {
    const before = next;
    next = open(item);
    // A failure is met in its turn.
    next.catch(() => undefined);
    if (before !== undefined) yield await before;
  }
  if (next !== undefined) yield await next;
}

/** Of an event's title: a name that no file system refuses. */
export const asFileName = (title: string): string =>
  `${title.replaceAll(/[\\/:*?"<>|\p{Cc}]/gu, ' ').trim() || 'Photomaton'}.zip`;

/** `14Jul2026_153012.jpg`; two booths may give the same name in the same second, and one again after summer time. */
function nameIn(names: Set<string>, { name, booth }: GalleryPhoto): string {
  const { name: stem, ext } = parse(name);
  let free = name;
  for (let i = 1; names.has(free); i += 1) free = `${stem}-${serialOf(booth)}${i === 1 ? '' : `-${i}`}${ext}`;
  names.add(free);
  return free;
}

/** Photos in one part of a large event, to be downloaded by itself, and again by itself when it breaks off. */
export const PART_SIZE = 1000;

export interface Part {
  /** Times as in ids: from the first photo on, and before the next part's first; undefined: to the end. */
  from: string;
  to: string | undefined;
}

/** An event in parts of about 1,000 photos by time. Photos of the same moment are in the same part. */
export async function partsOf({ couch }: { couch: Couch }, event: EventId): Promise<Part[]> {
  const starts: string[] = [];
  for (let startkey = 'photo:'; ; ) {
    const ids = await couch.ids(eventDatabase(event), { startkey, endkey: 'photo:~', limit: PART_SIZE });
    const [first, last] = [ids[0], ids.at(-1)];
    if (first === undefined || last === undefined) break;
    starts.push(first.split(':')[1] ?? '');
    if (ids.length < PART_SIZE) break;
    startkey = `${last}~`;
  }
  return [...new Set(starts)].map((from, i, all) => ({ from, to: all[i + 1] }));
}
