import { pipeline } from 'node:stream/promises';
import type { Couch } from '@photomaton/couch';
import {
  eventDatabase,
  type MarkDoc,
  markId,
  type PhotoKey,
  type PreviewDoc,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Passwords } from '../accounts/passwords.ts';
import { consume } from '../accounts/throttle.ts';
import { textOf } from '../form-body.ts';
import { cardOf } from '../gallery/cards.ts';
import { CLIP_FORMATS, clipPicture, clipView } from '../gallery/clips.ts';
import { isShown } from '../gallery/marks.ts';
import { galleryPage, parseKey, photoWithNeighbours } from '../gallery/photos.ts';
import { placeOf } from '../gallery/place-of.ts';
import { sendPicture } from '../gallery/send-picture.ts';
import { asFileName, photosToKeep, zipOf } from '../gallery/zip.ts';
import { notFound, tooMany } from '../http-errors.ts';
import { networkOf } from '../sync-credentials.ts';
import { cleanPicture } from './clean-picture.ts';
import type { EventLinks, SharedEvent } from './event-links.ts';
import { forGuests } from './for-guests.ts';

/** Wrong passwords from one network; right ones are not counted, as a whole party may be behind it. */
const WRONG_A_QUARTER_HOUR = 30;
/** From everywhere together, for one link. */
const WRONG_FOR_A_LINK = 300;
const QUARTER_HOUR_S = 15 * 60;
/** Links that open nothing: who tries them finds nothing (128 bits), and is not worth our time. */
const JUNK_A_MINUTE = 60;
/** Zips of one event at once, for all its guests, on one node. */
const MOST_ZIPS = 4;
const RETRY_S = 60;
/** Short, so that taking the link back, or a photo, has an effect. */
const CACHE_CONTROL = 'private, max-age=600';
const A_MONTH_MS = 30 * 24 * 3600_000;

interface GuestParts {
  couch: Couch;
  links: EventLinks;
  passwords: Passwords;
  secureCookies: boolean;
}

/** `/g/<token>`: the photos of an event for whoever has its link, and its password if it has one. */
export function guestRoutes({ couch, links, passwords, secureCookies }: GuestParts): Router {
  const router = Router();
  const junk = new RateLimiterMemory({ points: JUNK_A_MINUTE, duration: 60 });
  const perNetwork = new RateLimiterMemory({ points: WRONG_A_QUARTER_HOUR, duration: QUARTER_HOUR_S });
  const perLink = new RateLimiterMemory({ points: WRONG_FOR_A_LINK, duration: QUARTER_HOUR_S });
  const zips = new Map<string, number>();
  const cookie = secureCookies ? '__Secure-guest' : 'guest';

  /** The one way in: no page and no byte of a link is given but behind it. */
  const letIn: RequestHandler<{ token: string }> = async (req, res, next) => {
    const event = await links.find(req.params.token);
    if (!event) {
      await consume(junk, networkOf(req.ip ?? ''));
      if (req.path !== '/') return notFound();
      return void res.status(404).render('share/over');
    }
    res.locals.shared = event;
    const given = new RegExp(`(?:^|;\\s*)${cookie}=([\\w-]{43})(?:;|$)`).exec(req.headers.cookie ?? '')?.[1];
    if (event.link.passwordHash === undefined || (given && links.isPass(event, given))) return next();
    if (req.path !== '/') return notFound();
    // Without a referrer browsers send the form with no origin of ours either, and it would be refused.
    res.set('Referrer-Policy', 'same-origin');
    if (req.method === 'POST') return await tryPassword(req, res, event);
    res.render('share/locked', { path: pathOf(req), refused: false });
  };

  async function tryPassword(req: Request, res: Response, event: SharedEvent): Promise<void> {
    const network = `${event.event} ${networkOf(req.ip ?? '')}`;
    await consume(perLink, event.event);
    await consume(perNetwork, network);
    const { ok } = await passwords.verify(event.link.passwordHash, textOf(req.body, 'password'));
    if (!ok) return res.status(422).render('share/locked', { path: pathOf(req), refused: true });
    await Promise.all([perLink.reward(event.event), perNetwork.reward(network)]);
    res.cookie(cookie, links.pass(event), {
      ...{ path: pathOf(req), maxAge: A_MONTH_MS, httpOnly: true, sameSite: 'lax', secure: secureCookies },
    });
    res.redirect(303, pathOf(req));
  }

  router.use('/g/:token', forGuests(), letIn);

  router.get('/g/:token', async (req, res) => {
    const event = eventOf(res);
    const page = await galleryPage({ couch }, event.event, { place: placeOf(req), filter: {} });
    const photos = page.photos.map((photo) => cardFor(photo, req, res));
    res.render('share/event', {
      ...{ ...page, path: pathOf(req), title: event.title, mayDownload: event.link.download },
      ...{ photos, ratios: [...new Set(photos.map(({ ratio }) => ratio))] },
    });
  });

  /** A password that is sent again, by the button for "back". */
  router.post('/g/:token', (req, res) => res.redirect(303, pathOf(req)));

  router.get('/g/:token/photos.zip', async (req, res) => {
    const { event, title, link } = eventOf(res);
    if (!link.download) return notFound();
    const others = zips.get(event) ?? 0;
    if (others >= MOST_ZIPS) tooMany(RETRY_S);
    zips.set(event, others + 1);
    const gone = new AbortController();
    const { signal } = gone;
    res.once('close', () => gone.abort());
    const db = eventDatabase(event);
    try {
      res.attachment(asFileName(title));
      if (req.method === 'HEAD') return void res.end();
      const photos = photosToKeep({ couch }, event, {});
      const zip = zipOf({ couch, signal }, event, photos, ({ key, original }) =>
        cleanPicture({ couch, signal }, { db, original, preview: `preview:${key}` }),
      );
      await pipeline(zip, res);
    } catch (error) {
      // The reader left: nobody to tell.
      if (!signal.aborted) throw error;
    } finally {
      zips.set(event, (zips.get(event) ?? 1) - 1);
      if (zips.get(event) === 0) zips.delete(event);
    }
  });

  router.get('/g/:token/photos/:photo', async (req, res) => {
    const { event, title, link } = eventOf(res);
    const key = await shownKey(req, res);
    const [found, clip] = await Promise.all([
      photoWithNeighbours({ couch }, event, key),
      clipView({ couch }, event, key),
    ]);
    if (!found) return notFound();
    res.render('share/event-photo', {
      ...{ path: pathOf(req), title, clip, newer: found.newer, older: found.older },
      ...{ photo: cardFor(found.photo, req, res), mayDownload: link.download },
    });
  });

  for (const [path, attachment] of [
    ['thumbnail', THUMBNAIL_ATTACHMENT],
    ['screen', SCREEN_ATTACHMENT],
  ] as const) {
    router.get(`/g/:token/photos/:photo/${path}`, async (req, res) => {
      const id = previewId(await shownKey(req, res));
      const db = eventDatabase(eventOf(res).event);
      await sendPicture({ couch, req, res }, { db, id, attachment, cacheControl: CACHE_CONTROL });
    });
  }

  for (const format of CLIP_FORMATS) {
    router.get(`/g/:token/photos/:photo/clip.${format}`, async (req, res) => {
      const key = await shownKey(req, res);
      const clip = await clipPicture({ couch }, eventOf(res).event, { key, format });
      await sendPicture({ couch, req, res }, { ...clip, cacheControl: CACHE_CONTROL });
    });
  }

  router.get('/g/:token/photos/:photo/original', async (req, res) => {
    const { event, link } = eventOf(res);
    if (!link.download) return notFound();
    const key = await shownKey(req, res);
    const db = eventDatabase(event);
    const preview = (await couch.get<PreviewDoc>(db, previewId(key))) ?? notFound();
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const picture = await cleanPicture(
      { couch, signal: gone.signal },
      { db, original: preview.photo, preview: preview._id },
    );
    const downloadAs = preview.name;
    await sendPicture({ couch, req, res }, { ...picture, downloadAs, cacheControl: CACHE_CONTROL });
  });

  /** The photo of an address, if guests may see it. Throws the 404. */
  async function shownKey(req: Request, res: Response): Promise<PhotoKey> {
    const key = parseKey(req.params.photo) ?? notFound();
    const mark = await couch.get<MarkDoc>(eventDatabase(eventOf(res).event), markId(key));
    return isShown(mark, 'guest') ? key : notFound();
  }

  return router;
}

const eventOf = (res: Response): SharedEvent => res.locals.shared ?? notFound();
const pathOf = (req: Request): string => `/g/${req.params.token}`;

function cardFor(photo: Parameters<typeof cardOf>[0], req: Request, res: Response) {
  return { ...cardOf(photo, '', res.locals), href: `${pathOf(req)}/photos/${photo.key}` };
}
