import type { Couch, Stored } from '@photomaton/couch';
import {
  type EventDoc,
  eventDatabase,
  PHOTO_ATTACHMENT,
  type PhotoKey,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import type { Measure } from '@photomaton/design-docs/measures';
import { type Request, type Response, Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Access } from '../fleet/access.ts';
import { sayMeasure } from '../fleet/figures.ts';
import { notFound } from '../http-errors.ts';
import { CLIP_FORMATS, clipPicture, clipView, filmsAmong } from './clips.ts';
import { photoTime } from './photo-time.ts';
import {
  type GalleryPhoto,
  galleryPage,
  originalOf,
  type Place,
  parseKey,
  photosSince,
  photoWithNeighbours,
} from './photos.ts';
import { sendPicture } from './send-picture.ts';
import { type Standing, standingOf } from './standing.ts';

export interface GalleryParts {
  couch: Couch;
  access: Access;
  now(): Date;
}

/** An event's gallery: its pages, its photos, their bytes, and what a page asks for to stay up to date. */
export function galleryRoutes({ couch, access, now }: GalleryParts): Router {
  const router = Router();
  router.use('/events/:event', requireCustomer);

  const eventOf = (req: Request, res: Response): Promise<EventDoc & Stored> =>
    access.eventFor(res.locals.account, req.params.event);

  router.get('/events/:event', async (req, res) => {
    const event = await eventOf(req, res);
    const place = placeOf(req);
    // Read before the photos: what arrives in between is shown twice at most, and never missed.
    const seq = (await couch.info(eventDatabase(event.event)))?.updateSeq ?? '0';
    const [page, standing] = await Promise.all([
      galleryPage({ couch }, event.event, place),
      standingOf({ couch, now }, event),
    ]);
    const films = await filmsAmong({ couch }, event.event, page.photos);
    res.render('gallery/page', {
      event: { id: event.event, title: event.title },
      ...page,
      photos: page.photos.map((photo) => ({
        ...cardOf(photo, event, res),
        hasFilm: films.has(photo.key),
      })),
      standing: standingLine(standing, res),
      seq,
    });
  });

  router.get('/events/:event/standing', async (req, res) => {
    const event = await eventOf(req, res);
    const standing = standingLine(await standingOf({ couch, now }, event), res);
    res.render('gallery/standing', { standing });
  });

  /** What arrived since a sequence: for the page's script, woken by the socket or by its own clock. */
  router.get('/events/:event/changes', async (req, res) => {
    const event = await eventOf(req, res);
    const { since } = req.query;
    if (typeof since !== 'string' || !/^[\w.~-]{1,4000}$/.test(since)) return void res.sendStatus(400);
    const { photos, films, seq, more } = await photosSince({ couch }, event.event, since);
    const items = await Promise.all(
      photos.map(async (photo) => ({
        key: photo.key,
        html: await rendered(res, 'gallery/card', {
          // The page shows its badge when the film arrives, or has arrived with it.
          photo: { ...cardOf(photo, event, res), hasFilm: false },
          isNew: true,
        }),
      })),
    );
    res.json({ items, films, seq, more });
  });

  router.get('/events/:event/photos/:photo', async (req, res) => {
    const event = await eventOf(req, res);
    const [found, clip] = await Promise.all([
      photoWithNeighbours({ couch }, event.event, keyOf(req)),
      clipView({ couch }, event.event, keyOf(req)),
    ]);
    if (!found) return notFound();
    res.render('gallery/photo', {
      event: { id: event.event, title: event.title },
      ...found,
      photo: cardOf(found.photo, event, res),
      clip,
      hasOriginal: found.original !== undefined,
      megabytes: ((found.original?.bytes ?? 0) / 1e6).toLocaleString(res.locals.lang, {
        maximumFractionDigits: 1,
      }),
    });
  });

  for (const [path, attachment] of [
    ['thumbnail', THUMBNAIL_ATTACHMENT],
    ['screen', SCREEN_ATTACHMENT],
  ] as const) {
    router.get(`/events/:event/photos/:photo/${path}`, async (req, res) => {
      const event = await eventOf(req, res);
      const db = eventDatabase(event.event);
      await sendPicture({ couch, req, res }, { db, id: previewId(keyOf(req)), attachment });
    });
  }

  for (const format of CLIP_FORMATS) {
    router.get(`/events/:event/photos/:photo/clip.${format}`, async (req, res) => {
      const event = await eventOf(req, res);
      const clip = await clipPicture({ couch }, event.event, { key: keyOf(req), format });
      await sendPicture({ couch, req, res }, clip);
    });
  }

  router.get('/events/:event/photos/:photo/original', async (req, res) => {
    const event = await eventOf(req, res);
    const original = await originalOf({ couch }, event.event, keyOf(req));
    if (!original) return notFound();
    await sendPicture(
      { couch, req, res },
      {
        db: eventDatabase(event.event),
        id: original._id,
        attachment: PHOTO_ATTACHMENT,
        downloadAs: original.name,
      },
    );
  });

  return router;
}

function keyOf(req: Request): PhotoKey {
  return parseKey(req.params.photo) ?? notFound();
}

function placeOf(req: Request): Place {
  for (const kind of ['before', 'after'] as const) {
    const text = req.query[kind];
    if (text === undefined) continue;
    if (typeof text !== 'string' || !parseKey(text)) return notFound();
    return { kind, key: text };
  }
  return { kind: 'newest' };
}

/** A photo as the views print it. */
function cardOf(photo: GalleryPhoto, { event }: EventDoc, { locals }: Response) {
  const { date, time } = photoTime(photo.takenAt, locals.lang);
  return { ...photo, href: `/events/${event}/photos/${photo.key}`, date, time };
}

function standingLine({ booths, inCloud, waiting, left }: Standing, { locals }: Response) {
  const seen = new Intl.DateTimeFormat(locals.lang, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    booths: booths.map(({ name, presence }) => ({
      name,
      state: presence.kind,
      seen: presence.kind === 'away' ? seen.format(presence.seenAt) : undefined,
    })),
    inCloud,
    waiting,
    left: left && leftWords(left, locals),
  };
}

/** Beside "still on the booth", which says already that it is what is left. */
function leftWords(left: Measure, locals: Express.Locals): string {
  const { t } = locals;
  return left.value === 0 ? t('gallery:soon') : t('gallery:left', { time: sayMeasure(left, locals) });
}

function rendered(res: Response, view: string, data: object): Promise<string> {
  return new Promise((resolve, reject) => {
    res.render(view, data, (error, html) => (error ? reject(error) : resolve(html)));
  });
}
