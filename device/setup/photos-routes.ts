import express, { type Response, type Router } from 'express';
import type { TFunction } from 'i18next';
import { LANGUAGES, type Language } from '../i18n/catalogue.ts';
import type { PhotoEntry, Store } from '../store/store.ts';
import { languageOf } from './setup-routes.ts';

/** As many as somebody looks through on a phone. */
const SHOWN = 30;

/** Pictures of the event, to be taken along from the hotspot where there is no internet. */
export function photosRoutes({
  serial,
  photos: list,
  picture,
  translators,
  address,
  letGo,
}: {
  serial: string;
  /** Those that phones may have, newest first: none, unless the customer allows it. */
  photos(): Promise<PhotoEntry[]>;
  picture: Store['picture'];
  translators: Record<Language, TFunction>;
  address(): string;
  /** The phone of this address stays in the hotspot from now on: its probes are told that all is well. */
  letGo(phone: string): unknown;
}): Router {
  const router = express.Router();

  router.get('/photos', async (req, res) => {
    const photos = (await list()).slice(0, SHOWN);
    if (photos.length === 0) return notFound(res);
    const lang = languageOf(req);
    res.set({ 'Cache-Control': 'no-store', 'Content-Language': lang });
    const page = { t: translators[lang], lang, languages: LANGUAGES, serial, path: '/photos' };
    res.render('photos', { ...page, photos, address: `${address()}/photos`, stays: req.query.stays === '1' });
  });

  // A phone's login sheet can neither keep a file nor stay: the browser can, once the sheet may be closed.
  router.post('/stay', async (req, res) => {
    if ((await list()).length === 0) return notFound(res);
    if (req.socket.remoteAddress !== undefined) letGo(req.socket.remoteAddress);
    res.redirect(303, `/photos?lang=${languageOf(req)}&stays=1`);
  });

  for (const [name, kind] of [
    ['small', 'thumbnail'],
    ['file', 'original'],
  ] as const) {
    router.get(`/photos/:id/${name}`, async (req, res) => {
      const photo = (await list()).find(({ id }) => id === req.params.id);
      const jpeg = photo && (await picture(photo.id, kind));
      if (!jpeg) return notFound(res);
      res.set('Cache-Control', 'private, max-age=3600').type('jpeg');
      if (kind === 'original') res.attachment(photo.name);
      res.send(jpeg);
    });
  }

  return router;
}

function notFound(res: Response): void {
  res.status(404).type('text').send('not found');
}
