import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  BY_GUEST,
  boothDocId,
  EVENT_VIEWS,
  type EventDoc,
  eventDatabase,
  keyText,
  PHOTO_ATTACHMENT,
  type PhotoKey,
  type RemovalDoc,
  removalId,
  timeOfId,
} from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import type { Access } from '../fleet/access.ts';
import { templateChoices } from '../templates/choices.ts';
import { notFound } from '../web/http-errors.ts';
import { cardOf, standingLine } from './cards.ts';
import { clipView } from './clips.ts';
import { downloadRoutes } from './download-routes.ts';
import { type Filter, filterOf, needsZone, zoneOf } from './filter.ts';
import type { Pictures } from './known-pictures.ts';
import { markRoutes } from './mark-routes.ts';
import { BIN_DAYS, deletedTogether } from './marks.ts';
import { moveRoutes } from './move-routes.ts';
import { movedNotice } from './moved-notice.ts';
import type { Newsroom } from './news.ts';
import { onTheWall } from './photo-time.ts';
import { type GalleryPage, galleryPage, newestPhoto, parseKey, photoWithNeighbours } from './photos.ts';
import { pictureRoutes } from './picture-routes.ts';
import { placeOf } from './place-of.ts';
import { standingOf } from './standing.ts';
import { goneFromBooth } from './tell-booths.ts';
import { PART_SIZE } from './zip.ts';

export interface GalleryParts {
  couch: Couch;
  pictures: Pictures;
  access: Access;
  audit: Audit;
  newsroom: Newsroom;
  now(): Date;
  log: Logger;
}

/** The event of a request, if it is its customer's. Throws the 404. */
export type EventOf = (req: Request, res: Response) => Promise<EventDoc & Stored>;

/** An event's gallery: its pages, its photos, their bytes, and what a page asks for to stay up to date. */
export function galleryRoutes({ couch, pictures, access, audit, newsroom, now, log }: GalleryParts): Router {
  const router = Router();
  router.use('/events/:event', requireCustomer);
  const eventOf: EventOf = (req, res) => access.eventFor(res.locals.account, req.params.event);

  router.get('/events/:event', async (req, res) => {
    const event = await eventOf(req, res);
    const filter = await filterFor(req, event);
    // Read before the photos: what arrives in between is shown twice at most, and never missed.
    const seq = (await couch.info(eventDatabase(event.event)))?.updateSeq;
    const [page, standing, deleted, moved] = await Promise.all([
      galleryPage({ couch }, event.event, { place: placeOf(req), filter }),
      standingOf({ couch, now }, event, seq),
      justDeleted(req, event),
      movedNotice({ couch, access }, event, req, res),
    ]);
    const line = standingLine(standing, res.locals);
    res.render('gallery/page', {
      ...viewOf(page, event, filter, res),
      ...{ seq: seq ?? '0', deleted, moved, binDays: BIN_DAYS, standing: line },
      isLarge: standing.inCloud > PART_SIZE,
    });
  });

  /** The photos of a page alone: for its script, which puts one page under the other. */
  router.get('/events/:event/cards', async (req, res) => {
    const event = await eventOf(req, res);
    const filter = await filterFor(req, event);
    const page = await galleryPage({ couch }, event.event, { place: placeOf(req), filter });
    res.render('gallery/cards', viewOf(page, event, filter, res));
  });

  router.get('/events/:event/filter', async (req, res) => {
    const event = await eventOf(req, res);
    const [booths, layouts, templates, newest, filter] = await Promise.all([
      couch.getMany<BoothDoc>('fleet', event.booths.map(boothDocId)),
      layoutsOf(event),
      templateChoices({ couch }, event.owner),
      newestPhoto({ couch }, event.event),
      filterFor(req, event),
    ]);
    const minute = (time: string | undefined, lastMs: number) =>
      time && onTheWall(new Date(timeOfId(time).getTime() - lastMs), newest?.takenAt ?? '').slice(0, 16);
    const titleOf = (layout: string) =>
      templates.find(({ name }) => name === layout)?.title[res.locals.lang] ?? layout;
    res.render('gallery/filter', {
      event: { id: event.event, title: event.title },
      booths: booths.flatMap((doc) =>
        doc?.owner === event.owner ? [{ id: doc.booth, name: doc.name }] : [],
      ),
      // One that is deleted since has left nothing but its name on its photos.
      layouts: layouts.map((id) => ({ id, name: titleOf(id) })),
      ...{ filter, from: minute(filter.from, 0), to: minute(filter.to, 60_000) },
    });
  });

  /** What happened since a sequence: for a page that has no socket, or had none for a while. */
  router.get('/events/:event/changes', async (req, res) => {
    const event = await eventOf(req, res);
    const { since } = req.query;
    if (typeof since !== 'string' || !/^[\w.~-]{1,4000}$/.test(since)) return void res.sendStatus(400);
    const { lang } = res.locals;
    res.json((await newsroom.since(event, since, [lang])).get(lang));
  });

  /** For a big screen: one photo after the other, or the newest side by side. */
  for (const kind of ['slideshow', 'wall'] as const) {
    router.get(`/events/:event/${kind}`, async (req, res) => {
      const event = await eventOf(req, res);
      const seq = (await couch.info(eventDatabase(event.event)))?.updateSeq ?? '0';
      const page = await galleryPage({ couch }, event.event, { place: { kind: 'newest' }, filter: {} });
      res.render('gallery/wall', { ...viewOf(page, event, {}, res), seq, kind });
    });
  }

  router.get('/events/:event/photos/:photo', async (req, res) => {
    const event = await eventOf(req, res);
    const key = parseKey(req.params.photo) ?? notFound();
    const [found, clip] = await Promise.all([
      photoWithNeighbours({ couch }, event.event, key),
      clipView({ couch }, event.event, key),
    ]);
    if (!found) return res.redirect(await movedAddress(event, key, res));
    const { deleted } = found.photo.mark;
    const goneAt = deleted && (await goneFromBooth({ couch }, found.photo.key));
    const moment = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'long', timeStyle: 'short' });
    res.render('gallery/photo', {
      event: { id: event.event, title: event.title },
      ...found,
      photo: cardOf(found.photo, event.event, res.locals),
      clip,
      deleted: deleted && {
        byGuest: deleted.by === BY_GUEST,
        gone: goneAt === undefined ? undefined : moment.format(new Date(goneAt)),
      },
      hasOriginal: found.original !== undefined,
      megabytes: ((found.original?.bytes ?? 0) / 1e6).toLocaleString(res.locals.lang, {
        maximumFractionDigits: 1,
      }),
    });
  });

  // Of hidden photos and those in the bin as well.
  const photoOf = async (req: Request, res: Response) => {
    const { event } = await eventOf(req, res);
    return { event, key: parseKey(req.params.photo) ?? notFound() };
  };
  router.use(
    pictureRoutes({
      couch,
      pictures,
      path: '/events/:event/photos/:photo',
      photoOf,
      toKeep: async (_photo, preview) => ({ id: preview.photo, attachment: PHOTO_ATTACHMENT }),
    }),
  );
  router.use(markRoutes({ couch, eventOf, audit, now }));
  router.use(moveRoutes({ couch, access, eventOf, audit, now, log }));
  router.use(downloadRoutes({ couch, eventOf, filterFor }));
  return router;

  /** The zone of an event is that of its photos; asked for only when somebody filters by the clock on the wall. */
  async function filterFor(req: Request, event: EventDoc): Promise<Filter> {
    if (!needsZone(req.query)) return filterOf(req.query);
    const newest = await newestPhoto({ couch }, event.event);
    return filterOf(req.query, zoneOf(newest?.takenAt ?? ''));
  }

  /** An address that was kept, of a photo that went to another event of the customer since. Throws the 404. */
  async function movedAddress(event: EventDoc, key: PhotoKey, res: Response): Promise<string> {
    const removal = await couch.get<RemovalDoc>(eventDatabase(event.event), removalId(key));
    const there = await access.eventFor(res.locals.account, removal?.movedTo);
    return `/events/${there.event}/photos/${keyText(key)}`;
  }

  /** After a deletion without script: what can be taken back at once. */
  async function justDeleted(req: Request, event: EventDoc) {
    const until = req.query.deleted;
    if (typeof until !== 'string') return undefined;
    const keys = await deletedTogether({ couch }, event.event, until);
    return keys.length === 0 ? undefined : { until, count: keys.length };
  }

  /** Names of the templates that photos were made with: each is asked for by stepping over the photos of the one before. */
  async function layoutsOf(event: EventDoc): Promise<string[]> {
    const layouts: string[] = [];
    for (let startkey: unknown = []; ; ) {
      const { rows } = await couch.view(eventDatabase(event.event), EVENT_VIEWS.ddoc, EVENT_VIEWS.layouts, {
        startkey,
        limit: 1,
      });
      const [layout] = (rows[0]?.key as [string] | undefined) ?? [];
      if (layout === undefined) return layouts;
      layouts.push(layout);
      startkey = [layout, {}];
    }
  }
}

function viewOf(page: GalleryPage, event: EventDoc, filter: Filter, res: Response) {
  const cards = page.photos.map((photo) => cardOf(photo, event.event, res.locals));
  return {
    event: { id: event.event, title: event.title },
    ...page,
    photos: cards,
    ratios: [...new Set(cards.map(({ ratio }) => ratio))],
    filter,
    /** The filter as a query, to go on with: `&show=hidden`. */
    filterQuery: Object.entries(filter)
      .map((pair) => `&${new URLSearchParams([pair as [string, string]])}`)
      .join(''),
  };
}
