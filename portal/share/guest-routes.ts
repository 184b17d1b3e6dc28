import type { Couch } from '@photomaton/couch';
import { eventDatabase, type MarkDoc, markId, type PhotoKey } from '@photomaton/design-docs/docs';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Passwords } from '../accounts/passwords.ts';
import { consume } from '../accounts/throttle.ts';
import { cardOf } from '../gallery/cards.ts';
import { clipView } from '../gallery/clips.ts';
import type { Pictures } from '../gallery/known-pictures.ts';
import { isShown } from '../gallery/marks.ts';
import { galleryPage, parseKey, photoWithNeighbours } from '../gallery/photos.ts';
import { pictureRoutes } from '../gallery/picture-routes.ts';
import { placeOf } from '../gallery/place-of.ts';
import { createZipSender } from '../gallery/send-zip.ts';
import { photosToKeep, zipOf } from '../gallery/zip.ts';
import { giveBack, type Limit, tryConsume } from '../pairing/limits.ts';
import { networkOf } from '../sync/credentials.ts';
import { textOf } from '../web/form-body.ts';
import { notFound, tooMany } from '../web/http-errors.ts';
import { cleanPicture, cleanToKeep } from './clean-picture.ts';
import type { EventLinks, SharedEvent } from './event-links.ts';
import { CACHE_CONTROL, forGuests } from './for-guests.ts';

/** Wrong passwords from one network; right ones are not counted, as a whole party may be behind it. */
const WRONG_A_QUARTER_HOUR = 30;
/** From everywhere together, for one link: an owner whose guests are kept out so makes another. */
const WRONG_FOR_A_LINK = 300;
const QUARTER_HOUR_S = 15 * 60;
/** Links that open nothing: who tries them finds nothing (128 bits), and is not worth our time. */
const JUNK_A_MINUTE = 60;
/** Zips of one event at once, for all its guests, on one node. */
const MOST_ZIPS = 4;
const A_MONTH_MS = 30 * 24 * 3600_000;

interface GuestParts {
  couch: Couch;
  pictures: Pictures;
  links: EventLinks;
  passwords: Passwords;
  secureCookies: boolean;
}

/** `/g/<token>`: the photos of an event for whoever has its link, and its password if it has one. */
export function guestRoutes({ couch, pictures, links, passwords, secureCookies }: GuestParts): Router {
  const router = Router();
  const junk = new RateLimiterMemory({ points: JUNK_A_MINUTE, duration: 60 });
  const perNetwork = new RateLimiterMemory({ points: WRONG_A_QUARTER_HOUR, duration: QUARTER_HOUR_S });
  const perLink = new RateLimiterMemory({ points: WRONG_FOR_A_LINK, duration: QUARTER_HOUR_S });
  const sendZip = createZipSender({ most: MOST_ZIPS });
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
    // In this order: whoever is refused in one place uses up no tries of all others.
    const { nonce } = event.link;
    const limits: Limit[] = [
      [perNetwork, `${nonce} ${networkOf(req.ip ?? '')}`],
      [perLink, nonce],
    ];
    const wait = await tryConsume(...limits);
    if (wait) tooMany(Math.ceil(wait.retryMs / 1000));
    const { ok } = await passwords.verify(event.link.passwordHash, textOf(req.body, 'password'));
    if (!ok) return res.status(422).render('share/locked', { path: pathOf(req), refused: true });
    await giveBack(...limits);
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
    const photos = photosToKeep({ couch }, event, {});
    const make = (signal: AbortSignal) =>
      zipOf({ couch, signal }, event, photos, ({ key, original }) =>
        cleanPicture({ couch, signal }, { db: eventDatabase(event), original, preview: `preview:${key}` }),
      );
    await sendZip(req, res, { who: event, title, make });
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

  router.use(
    pictureRoutes({
      couch,
      pictures,
      path: '/g/:token/photos/:photo',
      photoOf: async (req, res) => ({ event: eventOf(res).event, key: await shownKey(req, res) }),
      async toKeep({ event }, preview, res) {
        if (!eventOf(res).link.download) notFound();
        return cleanToKeep({ couch, res }, event, preview);
      },
      cacheControl: CACHE_CONTROL,
    }),
  );

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
