import type { Couch } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type PhotoDoc,
  type PreviewDoc,
} from '@photomaton/design-docs/docs';
import type { Filter } from './filter.ts';
import { isShown } from './marks.ts';

/** What the gallery shows of a photo. `key` is its place in order and its address. */
export interface GalleryPhoto {
  key: string;
  /** The id of its original, which may still be on the booth. */
  original: string;
  booth: string;
  name: string;
  takenAt: string;
  width: number;
  height: number;
  mark: Pick<MarkDoc, 'favourite' | 'hidden' | 'deleted' | 'moving'>;
  hasFilm: boolean;
}

export interface WalkOptions {
  filter: Filter;
  /** The newest first. */
  descending?: boolean;
  /** Where to begin: after the photo of this key, in the direction of the walk. */
  after?: string | undefined;
  /** Photos looked at in one leg. */
  legSize: number;
  /** `photo`: those whose originals have arrived, with or without small pictures. Default: those with small pictures. */
  of?: 'preview' | 'photo';
}

/** A part of the way: what it let through, how many it looked at, and the key that the next begins after. */
export interface Leg {
  photos: GalleryPhoto[];
  lookedAt: number;
  at: string;
  isLast: boolean;
}

/**
 * The photos of an event in their order that a filter lets through, leg by leg. Every leg is a range of ids (or of a
 * view that is ordered in the same way) that begins where the one before ended: the last costs what the first does,
 * and what arrives meanwhile moves nothing.
 */
export async function* walk(
  { couch }: { couch: Couch },
  event: EventId,
  options: WalkOptions,
): AsyncGenerator<Leg> {
  const db = eventDatabase(event);
  const { filter } = options;
  const next = filter.show ? fromMarks : filter.layout ? fromLayout : fromIds;
  for (let { after } = options; ; ) {
    const leg = await next({ couch, db }, { ...options, after });
    after = leg.at;
    yield { ...leg, photos: leg.photos.filter((photo) => matches(photo, filter)) };
    if (leg.isLast) return;
  }
}

function matches({ booth, mark }: GalleryPhoto, { show, booth: wanted }: Filter): boolean {
  if (wanted !== undefined && booth !== wanted) return false;
  if (show === 'deleted') return mark.deleted !== undefined;
  if (show === 'hidden') return mark.hidden !== undefined && !mark.deleted && !mark.moving;
  return isShown(mark, 'gallery') && (show !== 'favourites' || mark.favourite === true);
}

interface Where {
  couch: Couch;
  db: string;
}
type NextLeg = (where: Where, options: WalkOptions & { after: string | undefined }) => Promise<Leg>;

/** Beyond every key: keys begin with a year. */
const BEYOND = '~';

/** Pictures and marks side by side. The leg is as long as the shorter of both, so that no mark is missed. */
const fromIds: NextLeg = async (
  { couch, db },
  { filter, descending = false, after, legSize, of = 'preview' },
) => {
  // One more: a descending range begins with the photo that it is to begin after.
  const limit = legSize + 1;
  const range = (kind: string) => ({ ...rangeOf(kind, { filter, descending, after }), limit });
  const [pictures, marks, clips] = await Promise.all([
    couch.range<PreviewDoc | PhotoDoc>(db, range(of)),
    couch.range<MarkDoc>(db, range('mark')),
    // A film is there in one format or two.
    of === 'preview' ? couch.ids(db, { ...range('clip'), limit: 2 * limit }) : [],
  ]);
  const ends = [pictures, marks].flatMap((found) =>
    found.length < limit ? [] : [keyOf(found.at(-1)?._id ?? '')],
  );
  const at = ends.sort()[descending ? ends.length - 1 : 0];
  const isWithin = (key: string) => at === undefined || (descending ? key >= at : key <= at);
  const inLeg = pictures.filter(({ _id }) => keyOf(_id) !== after && isWithin(keyOf(_id)));
  const markOf = new Map(marks.map((mark) => [keyOf(mark._id), mark]));
  const films = new Set(clips.map(keyOf));
  const photos = inLeg.map((doc) => toPhoto(doc, markOf.get(keyOf(doc._id)), films.has(keyOf(doc._id))));
  return { photos, lookedAt: inLeg.length, at: at ?? '', isLast: at === undefined };
};

/** Of what is marked, only the marks are looked at: they are few. */
const fromMarks: NextLeg = async (where, { filter, descending = false, after, legSize }) => {
  const range = { ...rangeOf('mark', { filter, descending, after }), limit: legSize + 1 };
  const marks = await where.couch.range<MarkDoc>(where.db, range);
  const others = marks.filter(({ _id }) => keyOf(_id) !== after);
  const found = await photosOfKeys(
    where,
    others.map(({ _id }) => keyOf(_id)),
  );
  const photos = filter.layout === undefined ? found : await madeWith(where, filter.layout, found);
  const at = keyOf(marks.at(-1)?._id ?? '');
  return { photos, lookedAt: others.length, at, isLast: marks.length <= legSize };
};

const fromLayout: NextLeg = async (where, { filter, descending = false, after, legSize }) => {
  const { layout = '', from = '', to } = filter;
  const low = [layout, from];
  const high = to === undefined ? [layout, {}] : [layout, to];
  const start = after === undefined ? undefined : [layout, ...partsOf(after)];
  const { rows } = await where.couch.view(where.db, EVENT_VIEWS.ddoc, EVENT_VIEWS.layouts, {
    startkey: start ?? (descending ? high : low),
    endkey: descending ? low : high,
    descending,
    limit: legSize + 1,
  });
  const keys = rows.map(({ id }) => keyOf(id)).filter((key) => key !== after);
  const photos = await photosOfKeys(where, keys);
  return {
    ...{ photos, lookedAt: keys.length },
    ...{ at: keyOf(rows.at(-1)?.id ?? ''), isLast: rows.length <= legSize },
  };
};

/** The photos of these keys, with their marks, in the order asked; those that are not here are left out. */
export async function photosOfKeys({ couch, db }: Where, keys: string[]): Promise<GalleryPhoto[]> {
  const ids = ['preview', 'mark'].flatMap((kind) => keys.map((key) => `${kind}:${key}`));
  const [docs, films] = await Promise.all([
    couch.getMany<PreviewDoc | MarkDoc>(db, ids),
    filmsAmong({ couch, db }, keys),
  ]);
  const marks = docs.slice(keys.length) as (MarkDoc | undefined)[];
  return docs
    .slice(0, keys.length)
    .flatMap((doc, i) =>
      doc?.type === 'preview' ? [toPhoto(doc, marks[i], films.has(keyOf(doc._id)))] : [],
    );
}

/**
 * Keys of those that have a film. Their ids end with an MD5 that is not known, so ranges are read: one when the keys
 * lie close together, and each later one steps over what no key asks for.
 */
async function filmsAmong({ couch, db }: Where, keys: string[]): Promise<Set<string>> {
  const films = new Set<string>();
  const limit = 2 * keys.length;
  let left = keys.toSorted();
  while (left.length > 0) {
    const range = { startkey: `clip:${left[0]}:`, endkey: `clip:${left.at(-1)}:${BEYOND}`, limit };
    const found = (await couch.ids(db, range)).map(keyOf);
    for (const key of found) films.add(key);
    const at = found.length < limit ? BEYOND : (found.at(-1) ?? BEYOND);
    left = left.filter((key) => key > at);
  }
  return films;
}

async function madeWith(
  { couch, db }: Where,
  layout: string,
  photos: GalleryPhoto[],
): Promise<GalleryPhoto[]> {
  const ids = photos.map(({ original }) => original);
  const originals = await couch.getMany<PhotoDoc>(db, ids);
  return photos.filter((_, i) => originals[i]?.made?.template === layout);
}

function rangeOf(
  kind: string,
  { filter, descending, after }: { filter: Filter; descending: boolean; after: string | undefined },
) {
  const { from = '', to = BEYOND } = filter;
  const [first, last] = descending ? [to, from] : [from, to];
  // The ids of originals and films go on after the key.
  const start = after === undefined ? first : descending ? after : `${after}:${BEYOND}`;
  return { startkey: `${kind}:${start}`, endkey: `${kind}:${last}`, descending };
}

/** The key in any id of a photo: without its kind, and without what names its content. */
export const keyOf = (id: string): string => id.split(':').slice(1, 4).join(':');

function partsOf(key: string): [string, string, number] {
  const [time = '', booth = '', n] = key.split(':');
  return [time, booth, Number(n)];
}

function toPhoto(doc: PreviewDoc | PhotoDoc, mark: MarkDoc | undefined, hasFilm: boolean): GalleryPhoto {
  const { _id, type, booth, name, takenAt, width, height } = doc;
  return {
    ...{ key: keyOf(_id), booth, name, takenAt, width, height, hasFilm },
    original: type === 'photo' ? _id : doc.photo,
    mark: mark ?? {},
  };
}
