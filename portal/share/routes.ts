import type { Couch } from '@photomaton/couch';
import { BY_GUEST, keyText, type PhotoKey, parsePreviewId } from '@photomaton/design-docs/docs';
import { Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { consume } from '../accounts/throttle.ts';
import type { Audit } from '../audit/audit.ts';
import { clipView } from '../gallery/clips.ts';
import type { Pictures } from '../gallery/known-pictures.ts';
import { markPhotos } from '../gallery/marks.ts';
import { finishMove } from '../gallery/moves.ts';
import { pictureRoutes } from '../gallery/picture-routes.ts';
import type { Secrets } from '../secrets.ts';
import { networkOf } from '../sync/credentials.ts';
import { notFound, tooMany } from '../web/http-errors.ts';
import { cleanToKeep } from './clean-picture.ts';
import { CACHE_CONTROL, forGuests } from './for-guests.ts';
import { rightsAt } from './rights.ts';
import { openSharedPhotos, type Shared } from './shared-photo.ts';
import { addUnwanted } from './unwanted.ts';

/** Junk costs little and finds nothing (128 bits), but somebody who tries is not worth our time. */
const JUNK_A_MINUTE = 60;
/** When a booth waits for so many photos that nobody wants that no more is taken down: somebody has to switch it on. */
const FULL_RETRY_S = 3600;

type Arrived = Extract<Shared, { kind: 'arrived' }>;

/** `/p/<token>`: a photo for the guest who has its link, and for nobody's index or history. */
export function shareRoutes({
  couch,
  pictures,
  secrets,
  audit,
  now,
}: {
  couch: Couch;
  pictures: Pictures;
  secrets: Secrets;
  audit: Audit;
  now(): Date;
}): Router {
  const photos = openSharedPhotos({ couch, secrets });
  const junk = new RateLimiterMemory({ points: JUNK_A_MINUTE, duration: 60 });
  const router = Router();

  /** What a true link is for; the 404 for everything else. */
  async function shared(token: string | string[] | undefined, address: string) {
    const found = await photos.find(String(token));
    if (found.kind === 'gone') return notFound();
    if (found.kind !== 'junk') return found;
    await consume(junk, networkOf(address));
    return notFound();
  }

  async function arrived(token: string | string[] | undefined, address: string): Promise<Arrived> {
    const found = await shared(token, address);
    return found.kind === 'arrived' ? found : notFound();
  }

  /** The photo of a true link, arrived or not, that the guest may delete as far as is known. */
  async function deletable(token: string | string[] | undefined, address: string) {
    const found = await shared(token, address);
    return (await rightsAt({ couch }, found.event)).delete ? found : notFound();
  }

  router.use('/p/:token', forGuests());

  router.get('/p/:token', async (req, res) => {
    const found = await shared(req.params.token, req.ip ?? '');
    const path = `/p/${req.params.token}`;
    const may = await rightsAt({ couch }, found.event);
    if (found.kind === 'on-booth') return res.render('share/waiting', { path, may });
    const { width, height, name } = found.preview;
    const clip = await clipView({ couch }, found.event, keyOf(found));
    res.render('share/photo', { path, width, height, clip, downloadName: name, may });
  });

  router.get('/p/:token/delete', async (req, res) => {
    const found = await deletable(req.params.token, req.ip ?? '');
    // Without a referrer browsers send the form with no origin of ours either, and it would be refused.
    res.set('Referrer-Policy', 'same-origin');
    const photo = found.kind === 'arrived' ? found.preview : undefined;
    res.render('share/delete', { path: `/p/${req.params.token}`, photo });
  });

  /** Into the bin of the event: whoever asked sees it no more, nor does anybody but the customer, who can undo it. */
  router.post('/p/:token/delete', async (req, res) => {
    let found = await deletable(req.params.token, req.ip ?? '');
    if (found.kind === 'arrived' && found.isMoving) {
      await finishMove({ couch }, found.event, keyText(keyOf(found)));
      found = await deletable(req.params.token, req.ip ?? '');
    }
    // Before it is done: of what was done there is always a record.
    if (found.kind === 'on-booth') {
      const { share } = found;
      const entry = { actor: null, subject: share.booth, details: { photos: 1, guest: true } };
      await audit('photo deletion asked for', entry);
      if (!(await addUnwanted({ couch }, share))) tooMany(FULL_RETRY_S);
      return res.render('share/deleted', { isOnBooth: true });
    }
    await audit('photos deleted', { actor: null, subject: found.event, details: { photos: 1, guest: true } });
    const deed = { act: 'delete', by: BY_GUEST, now: now() } as const;
    await markPhotos({ couch }, found.event, [keyText(keyOf(found))], deed);
    res.render('share/deleted', { isOnBooth: false });
  });

  /** For the script of the page that waits. */
  router.get('/p/:token/state', async (req, res) => {
    const { kind } = await shared(req.params.token, req.ip ?? '');
    res.json({ arrived: kind === 'arrived' });
  });

  router.use(
    pictureRoutes({
      couch,
      pictures,
      path: '/p/:token',
      async photoOf(req) {
        const found = await arrived(req.params.token, req.ip ?? '');
        return { event: found.event, key: keyOf(found) };
      },
      async toKeep({ event }, preview, res) {
        if (!(await rightsAt({ couch }, event)).download) notFound();
        return cleanToKeep({ couch, res }, event, preview);
      },
      cacheControl: CACHE_CONTROL,
    }),
  );

  return router;
}

const keyOf = ({ preview }: Arrived): PhotoKey => parsePreviewId(preview._id) ?? notFound();
