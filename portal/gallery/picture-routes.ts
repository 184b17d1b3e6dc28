import type { Couch } from '@photomaton/couch';
import {
  type EventId,
  eventDatabase,
  type PhotoKey,
  type PreviewDoc,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { notFound } from '../web/http-errors.ts';
import { CLIP_FORMATS, clipPicture } from './clips.ts';
import type { Pictures } from './known-pictures.ts';
import { type Picture, sendPicture } from './send-picture.ts';

/** A photo that whoever asks may see. */
interface SeenPhoto {
  event: EventId;
  key: PhotoKey;
}

/** Who may see which photos, and what is given of them. */
export interface PictureDoor {
  couch: Couch;
  /** Where small pictures come from. */
  pictures: Pictures;
  /** Where a photo is: `/events/:event/photos/:photo`. */
  path: string;
  /** The photo of a request. Throws the 404 for whoever may not see it: no byte is given but behind this. */
  photoOf(req: Request, res: Response): Promise<SeenPhoto>;
  /** What is given to be kept. Throws the 404 where nothing is. */
  toKeep(photo: SeenPhoto, preview: PreviewDoc, res: Response): Promise<Pick<Picture, 'id' | 'attachment'>>;
  cacheControl?: string;
}

/** The bytes of photos, for the customer and for guests alike: small pictures, films, and what is to be kept. */
export function pictureRoutes({ couch, pictures, path, photoOf, toKeep, cacheControl }: PictureDoor): Router {
  const router = Router();
  const caching = cacheControl === undefined ? {} : { cacheControl };

  for (const [size, attachment] of [
    ['thumbnail', THUMBNAIL_ATTACHMENT],
    ['screen', SCREEN_ATTACHMENT],
  ] as const) {
    router.get(`${path}/${size}`, async (req, res) => {
      const { event, key } = await photoOf(req, res);
      const picture = { db: eventDatabase(event), id: previewId(key), attachment };
      await sendPicture({ couch: pictures, req, res }, { ...picture, ...caching });
    });
  }

  for (const format of CLIP_FORMATS) {
    router.get(`${path}/clip.${format}`, async (req, res) => {
      const { event, key } = await photoOf(req, res);
      const clip = await clipPicture({ couch }, event, { key, format });
      await sendPicture({ couch, req, res }, { ...clip, ...caching });
    });
  }

  router.get(`${path}/original`, async (req, res) => {
    const photo = await photoOf(req, res);
    const db = eventDatabase(photo.event);
    // A photo that was removed has none, though a booth that was away may send its original after that.
    const preview = (await couch.get<PreviewDoc>(db, previewId(photo.key))) ?? notFound();
    const picture = await toKeep(photo, preview, res);
    await sendPicture({ couch, req, res }, { db, ...picture, downloadAs: preview.name, ...caching });
  });

  return router;
}
