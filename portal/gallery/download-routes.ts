import type { Couch } from '@photomaton/couch';
import { type EventDoc, timeOfId } from '@photomaton/design-docs/docs';
import { type Request, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import type { Filter } from './filter.ts';
import { keysOf } from './mark-routes.ts';
import { onTheWall, photoTime } from './photo-time.ts';
import { newestPhoto } from './photos.ts';
import type { EventOf } from './routes.ts';
import { createZipSender } from './send-zip.ts';
import { type Part, partsOf, photosChosen, photosToKeep, zipOf } from './zip.ts';

/** Zips at once for one account, on one node. */
const MOST_ZIPS = 2;

interface DownloadParts {
  couch: Couch;
  eventOf: EventOf;
  filterFor(req: Request, event: EventDoc): Promise<Filter>;
}

/** Photos as zips: those of a filter, those that were chosen, or a large event part by part. */
export function downloadRoutes({ couch, eventOf, filterFor }: DownloadParts): Router {
  const router = Router();
  const sendZip = createZipSender({ most: MOST_ZIPS });

  router.get('/events/:event/photos.zip', async (req, res) => {
    const event = await eventOf(req, res);
    const filter = await filterFor(req, event);
    const title = filter.from === undefined ? event.title : `${event.title} ${filter.from.slice(0, 13)}`;
    const photos = photosToKeep({ couch }, event.event, filter);
    const make = (signal: AbortSignal) => zipOf({ couch, signal }, event.event, photos);
    await sendZip(req, res, { who: customerOf(res).id, title, make });
  });

  /** A form's answer can be a download: the page stays. */
  router.post('/events/:event/photos.zip', async (req, res) => {
    const event = await eventOf(req, res);
    const keys = keysOf(req);
    if (keys === undefined) return void res.sendStatus(400);
    const photos = photosChosen({ couch }, event.event, keys);
    const make = (signal: AbortSignal) => zipOf({ couch, signal }, event.event, photos);
    await sendZip(req, res, { who: customerOf(res).id, title: event.title, make });
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

  return router;
}
