import type { Couch, Stored } from '@photomaton/couch';
import {
  CLIP_TYPES,
  type ClipDoc,
  type ClipFormat,
  clipAttachment,
  type EventId,
  eventDatabase,
  type PhotoKey,
  previewId,
} from '@photomaton/design-docs/docs';
import { notFound } from '../web/http-errors.ts';
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

/** The film in this format, to be sent. Throws the 404 when it has not arrived, or its photo was removed. */
export async function clipPicture(
  parts: { couch: Couch },
  event: EventId,
  { key, format }: { key: PhotoKey; format: ClipFormat },
): Promise<Picture> {
  const [clips, preview] = await Promise.all([
    clipsOf(parts, event, key),
    parts.couch.get(eventDatabase(event), previewId(key)),
  ]);
  const clip = (preview && clips[format]) ?? notFound();
  return {
    db: eventDatabase(event),
    id: clip._id,
    attachment: clipAttachment(format),
    type: CLIP_TYPES[format],
  };
}
