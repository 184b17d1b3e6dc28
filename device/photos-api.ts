import type { IncomingHttpHeaders } from 'node:http';
import type { EventId } from '@photomaton/design-docs/docs';
import express, { type Router } from 'express';
import { loopbackOnly } from './loopback-only.ts';
import { bodyErrors, FULL, reject } from './save-answers.ts';
import type { PhotoEntry, Picture, Store } from './store/store.ts';

/** At most so many photos in one list: what a screen can show. */
const MAX_LISTED = 200;

/**
 * The kiosk page's way to the photos, on loopback only:
 * `POST /api/photos` (body: the JPEG) answers 201 when the photo would survive the plug being pulled; sent again
 * with the same `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), it answers the photo saved before;
 * `GET /api/photos[?limit=]` lists, newest first; `GET /api/photos/:id/{thumbnail,screen,original}` shows.
 */
export function photosApi({
  store,
  event,
  maxPhotoBytes,
  shareUrl,
}: {
  store: Pick<Store, 'save' | 'list' | 'picture'>;
  /** The event of now, whose guests are at the booth. */
  event(): EventId | undefined;
  maxPhotoBytes: number;
  shareUrl(n: number): string;
}): Router {
  const router = express.Router();
  router.use('/api/photos', loopbackOnly);

  const body = express.raw({ type: 'image/jpeg', limit: maxPhotoBytes, inflate: false });
  router.post('/api/photos', body, async (req, res) => {
    if (!req.is('image/jpeg')) {
      // Without a body there is no type to judge (type-is), and the reason is another one.
      if (hasBody(req.headers)) reject(res, 'not-jpeg');
      else reject(res, 'empty');
      return;
    }
    const outcome = await store.save(req.body as Buffer, keyOf(req.headers));
    switch (outcome.kind) {
      case 'saved': {
        const { id, n, name } = outcome;
        res.status(201).json({ id, name, shareUrl: shareUrl(n) });
        return;
      }
      case 'rejected':
        reject(res, outcome.reason);
        return;
      case 'full':
        res.status(507).json(FULL);
        return;
    }
  });

  router.get('/api/photos', async (req, res) => {
    const asked = Number(req.query.limit ?? MAX_LISTED);
    const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, MAX_LISTED) : MAX_LISTED;
    const photos = (await store.list()).filter((photo) => isOf(event(), photo));
    res.set('Cache-Control', 'no-store').json({ total: photos.length, photos: photos.slice(0, limit) });
  });

  for (const picture of ['thumbnail', 'screen', 'original'] satisfies Picture[]) {
    router.get(`/api/photos/:id/${picture}`, async (req, res) => {
      const jpeg = await store.picture(req.params.id, picture);
      if (jpeg) res.set('Cache-Control', 'private, immutable, max-age=86400').type('jpeg').send(jpeg);
      else res.status(404).json({ error: 'not-found', reason: 'no such photo on this booth, or not yet' });
    });
  }

  router.use('/api/photos', bodyErrors);
  return router;
}

/** Whoever is at the booth now has no business with the photos of the event before, or with those that are deleted. */
export function isOf(event: EventId | undefined, photo: PhotoEntry): boolean {
  if (photo.hidden) return false;
  return photo.event === event || photo.event === undefined; // of no event yet: it will be of this one
}

/** What the page calls this shot; a key of another form is none. */
function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  return typeof key === 'string' && /^[\w-]{8,64}$/.test(key) ? key : undefined;
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
