import { pipeline } from 'node:stream/promises';
import type { Couch } from '@photomaton/couch';
import type { Request, Response } from 'express';
import { notFound } from '../web/http-errors.ts';

/** Everything that bears an id of ours is immutable, and private to who was let in. */
const FOR_EVER = 'private, max-age=31536000, immutable';

/** An attachment, and how it is to be given. */
export interface Picture {
  db: string;
  id: string;
  attachment: string;
  /** Offered as a download under this name; shown when absent. */
  downloadAs?: string;
  cacheControl?: string;
  /** What it is given as: a JPEG unless told. */
  type?: 'video/mp4' | 'image/webp' | 'image/png' | 'image/jpeg';
}

/**
 * Streams a picture from CouchDB as it comes, ranges and 304 included. When the reader goes away the transfer
 * from CouchDB ends too. Throws the 404 when there is no such attachment.
 */
export async function sendPicture(
  { couch, req, res }: { couch: Pick<Couch, 'attachment'>; req: Request; res: Response },
  { db, id, attachment, downloadAs, cacheControl = FOR_EVER, type }: Picture,
): Promise<void> {
  const gone = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) gone.abort();
  });
  const answer = await couch
    .attachment(db, id, attachment, {
      range: req.headers.range,
      ifNoneMatch: req.headers['if-none-match'],
      signal: gone.signal,
    })
    .catch((error: unknown) => {
      if (gone.signal.aborted) return undefined;
      throw error;
    });
  if (gone.signal.aborted) return void answer?.body.destroy();
  if (!answer) return notFound();
  res.status(answer.status);
  for (const [name, value] of Object.entries(answer.headers)) res.setHeader(name, value);
  res.set('Cache-Control', cacheControl);
  // Encodes whatever is odd in the name.
  if (downloadAs !== undefined) res.attachment(downloadAs);
  // Whatever a booth claimed it was, it is never run as a page of ours.
  res.setHeader('Content-Type', type ?? 'image/jpeg');
  if (req.method === 'HEAD') {
    answer.body.destroy();
    return void res.end();
  }
  await pipeline(answer.body, res).catch((error: unknown) => {
    // The reader left: nobody to tell.
    if (!gone.signal.aborted) throw error;
  });
}
