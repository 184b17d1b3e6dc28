import { pipeline } from 'node:stream/promises';
import type { Couch } from '@photomaton/couch';
import { type EventDoc, timeOfId } from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { tooMany } from '../http-errors.ts';
import type { Filter } from './filter.ts';
import { keysOf } from './mark-routes.ts';
import { onTheWall, photoTime } from './photo-time.ts';
import { newestPhoto } from './photos.ts';
import type { EventOf } from './routes.ts';
import type { GalleryPhoto } from './walk.ts';
import { asFileName, type Part, partsOf, photosChosen, photosToKeep, zipOf } from './zip.ts';

/** Zips at once for one account, on one node. */
const MOST_ZIPS = 2;
const RETRY_S = 60;

interface DownloadParts {
  couch: Couch;
  eventOf: EventOf;
  filterFor(req: Request, event: EventDoc): Promise<Filter>;
}

/** Photos as zips: those of a filter, those that were chosen, or a large event part by part. */
export function downloadRoutes({ couch, eventOf, filterFor }: DownloadParts): Router {
  const router = Router();
  const underWay = new Map<string, number>();

  router.get('/events/:event/photos.zip', async (req, res) => {
    const event = await eventOf(req, res);
    const filter = await filterFor(req, event);
    const name = filter.from === undefined ? event.title : `${event.title} ${filter.from.slice(0, 13)}`;
    await sendZip({ req, res, event, name }, photosToKeep({ couch }, event.event, filter));
  });

  /** A form's answer can be a download: the page stays. */
  router.post('/events/:event/photos.zip', async (req, res) => {
    const event = await eventOf(req, res);
    const keys = keysOf(req);
    if (keys === undefined) return void res.sendStatus(400);
    await sendZip({ req, res, event, name: event.title }, photosChosen({ couch }, event.event, keys));
  });

  router.get('/events/:event/download', async (req, res) => {
    const event = await eventOf(req, res);
    const [parts, newest] = await Promise.all([
      partsOf({ couch }, event.event),
      newestPhoto({ couch }, event.event),
    ]);
    const begin = ({ from }: Part) => onTheWall(timeOfId(from), newest?.takenAt ?? '');
    res.render('gallery/download', {
      event: { id: event.event, title: event.title },
      parts: parts.map((part) => ({ ...part, ...photoTime(begin(part), res.locals.lang) })),
    });
  });

  async function sendZip(
    { req, res, event, name }: { req: Request; res: Response; event: EventDoc; name: string },
    photos: AsyncIterable<GalleryPhoto>,
  ): Promise<void> {
    const { id } = customerOf(res);
    const others = underWay.get(id) ?? 0;
    if (others >= MOST_ZIPS) tooMany(RETRY_S);
    underWay.set(id, others + 1);
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    try {
      res.attachment(asFileName(name));
      res.set('Cache-Control', 'private, no-store');
      if (req.method === 'HEAD') return void res.end();
      await pipeline(zipOf({ couch, signal: gone.signal }, event.event, photos), res);
    } catch (error) {
      // The reader left: nobody to tell.
      if (!gone.signal.aborted) throw error;
    } finally {
      const left = (underWay.get(id) ?? 1) - 1;
      if (left === 0) underWay.delete(id);
      else underWay.set(id, left);
    }
  }

  return router;
}
