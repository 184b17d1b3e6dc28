import type { Couch } from '@photomaton/couch';
import { type EventDoc, type EventId, eventDatabase } from '@photomaton/design-docs/docs';
import type { Catalogue, Language } from '../i18n.ts';
import { cardOf, standingLine } from './cards.ts';
import { isShown } from './marks.ts';
import { standingOf } from './standing.ts';
import { type GalleryPhoto, keyOf, photosOfKeys } from './walk.ts';

/** What changed in a gallery since a sequence. */
interface News {
  /** Photos as they are now; `isNew`: they arrived since. */
  photos: (GalleryPhoto & { isNew: boolean })[];
  /** Keys of photos that are not to be seen any more. */
  gone: string[];
  /** To ask again from here. */
  seq: string;
  /** There is more already. */
  more: boolean;
}

const CHANGES_AT_ONCE = 200;

/** What arrived (a photo, or its film later), was marked or went since a sequence. Told twice it does no harm. */
async function newsSince({ couch }: { couch: Couch }, event: EventId, since: string): Promise<News> {
  const db = eventDatabase(event);
  const { docs, deleted, lastSeq, pending } = await couch.changes<{ _id: string }>(db, {
    since,
    limit: CHANGES_AT_ONCE,
  });
  const isOf = (kind: string) => (id: string) => id.startsWith(`${kind}:`);
  const ids = docs.map(({ _id }) => _id);
  const arrived = new Set(ids.filter(isOf('preview')).map(keyOf));
  const filmed = ids.filter(isOf('clip')).map(keyOf);
  const marked = [...ids, ...deleted].filter(isOf('mark')).map(keyOf);
  const removed = deleted.filter(isOf('preview')).map(keyOf);
  const keys = [...new Set([...arrived, ...filmed, ...marked, ...removed])];
  const found = await photosOfKeys({ couch, db }, keys);
  const shown = found.filter(({ mark }) => isShown(mark, 'gallery'));
  const shownKeys = new Set(shown.map(({ key }) => key));
  return {
    photos: shown.map((photo) => ({ ...photo, isNew: arrived.has(photo.key) })),
    gone: keys.filter((key) => !shownKeys.has(key)),
    seq: lastSeq,
    more: pending > 0,
  };
}

/** News as an open page takes it in: cards as the page prints them, and how things stand now. */
export interface NewsMessage extends Pick<News, 'gone' | 'seq' | 'more'> {
  items: { key: string; html: string; isNew: boolean }[];
  standing: string;
}

/** Makes messages of news, in the languages of those who read them: the same over the socket and over HTTP. */
export interface Newsroom {
  since(event: EventDoc, since: string, languages: Language[]): Promise<Map<Language, NewsMessage>>;
}

export function openNewsroom(parts: {
  couch: Couch;
  catalogue: Catalogue;
  render(view: string, data: object): Promise<string>;
  now(): Date;
}): Newsroom {
  const { couch, catalogue, render } = parts;
  return {
    async since(event, since, languages) {
      const [{ photos, ...news }, standing] = await Promise.all([
        newsSince({ couch }, event.event, since),
        standingOf(parts, event),
      ]);
      const message = async (lang: Language): Promise<NewsMessage> => {
        const locals = { lang, t: catalogue.translator(lang) };
        const items = photos.map(async ({ isNew, ...photo }) => {
          const card = { ...locals, photos: [cardOf(photo, event.event, locals)], isNew };
          return { key: photo.key, html: await render('gallery/photo-cards', card), isNew };
        });
        const line = { ...locals, standing: standingLine(standing, locals) };
        return { ...news, items: await Promise.all(items), standing: await render('gallery/standing', line) };
      };
      return new Map(await Promise.all(languages.map(async (lang) => [lang, await message(lang)] as const)));
    },
  };
}
