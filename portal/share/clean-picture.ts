import { buffer } from 'node:stream/consumers';
import type { Couch } from '@photomaton/couch';
import {
  type EventId,
  eventDatabase,
  PHOTO_ATTACHMENT,
  type PreviewDoc,
  SCREEN_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import type { Response } from 'express';
import { readerGone } from '../web/reader-gone.ts';
import { HEADER_BYTES, mayHoldMetadata } from './jpeg-metadata.ts';

/**
 * The best picture of a photo that guests may take along: the original if it shows nothing but itself (no place, no
 * camera, no author), and else, or while it has not arrived, the picture of screen size.
 */
export async function cleanPicture(
  { couch, signal }: { couch: Pick<Couch, 'attachment'>; signal: AbortSignal },
  photo: { db: string; original: string | undefined; preview: string },
): Promise<{ db: string; id: string; attachment: string }> {
  const { db, original } = photo;
  const head =
    original &&
    (await couch.attachment(db, original, PHOTO_ATTACHMENT, {
      ...{ range: `bytes=0-${HEADER_BYTES - 1}`, signal },
    }));
  if (original && head && head.status < 300 && !mayHoldMetadata(await buffer(head.body)))
    return { db, id: original, attachment: PHOTO_ATTACHMENT };
  return { db, id: photo.preview, attachment: SCREEN_ATTACHMENT };
}

/** The same, of a photo whose preview is at hand, for as long as somebody reads the answer. */
export function cleanToKeep(
  { couch, res }: { couch: Pick<Couch, 'attachment'>; res: Response },
  event: EventId,
  { _id, photo }: PreviewDoc,
): ReturnType<typeof cleanPicture> {
  const where = { db: eventDatabase(event), original: photo, preview: _id };
  return cleanPicture({ couch, signal: readerGone(res) }, where);
}
