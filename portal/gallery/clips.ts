import type { Couch, Stored } from '@photomaton/couch';
import {
  CLIP_TYPES,
  type ClipDoc,
  type ClipFormat,
  clipAttachment,
  type EventId,
  eventDatabase,
  type PhotoKey,
  parseContentId,
} from '@photomaton/design-docs/docs';
import { notFound } from '../http-errors.ts';
import type { Picture } from './send-picture.ts';

/** The films of a photo that have arrived, by format. */
type Clips = Partial<Record<ClipFormat, ClipDoc & Stored>>;

export const CLIP_FORMATS = Object.keys(CLIP_TYPES) as ClipFormat[];

/** Their ids end with an MD5 that is not known before. */
async function clipsOf(
  { couch }: { couch: Couch },
  event: EventId,
  { time, booth, n }: PhotoKey,
): Promise<Clips> {
  const startkey = `clip:${time}:${booth}:${n}:`;
  const range = { startkey, endkey: `${startkey}g`, limit: 10 };
  const docs = await couch.range<ClipDoc>(eventDatabase(event), range);
  return Object.fromEntries(docs.map((doc) => [doc.format, doc]));
}

/** Keys of those of a page's photos that have a film: one range of ids, as the page itself. */
export async function filmsAmong(
  { couch }: { couch: Couch },
  event: EventId,
  photos: readonly { key: string }[],
): Promise<Set<string>> {
  const keys = photos.map(({ key }) => key).sort();
  const [oldest, newest] = [keys[0], keys.at(-1)];
  if (oldest === undefined || newest === undefined) return new Set();
  const docs = await couch.range<ClipDoc>(eventDatabase(event), {
    ...{ startkey: `clip:${oldest}:`, endkey: `clip:${newest};` },
    limit: photos.length * CLIP_FORMATS.length,
  });
  return new Set(docs.map(({ _id }) => filmOf(_id) ?? ''));
}

/** The key of the photo whose film this document is; undefined when it is none. */
export function filmOf(id: string): string | undefined {
  const parts = parseContentId(id);
  return parts?.kind === 'clip' ? `${parts.time}:${parts.booth}:${parts.n}` : undefined;
}

/** What a page needs to play the film of a photo; undefined when none has arrived. */
export async function clipView(parts: { couch: Couch }, event: EventId, key: PhotoKey) {
  const { mp4, webp } = await clipsOf(parts, event, key);
  const shown = mp4 ?? webp;
  return (
    shown && {
      ...{ width: shown.width, height: shown.height },
      ...{ mp4: mp4 !== undefined, webp: webp !== undefined },
    }
  );
}

/** The film in this format, to be sent. Throws the 404 when it has not arrived. */
export async function clipPicture(
  parts: { couch: Couch },
  event: EventId,
  { key, format }: { key: PhotoKey; format: ClipFormat },
): Promise<Picture> {
  const clip = (await clipsOf(parts, event, key))[format] ?? notFound();
  return {
    db: eventDatabase(event),
    id: clip._id,
    attachment: clipAttachment(format),
    type: CLIP_TYPES[format],
  };
}
