import type { Couch } from '@photomaton/couch';
import {
  eventDatabase,
  PHOTO_ATTACHMENT,
  type PhotoKey,
  type PreviewDoc,
  previewId,
  SCREEN_ATTACHMENT,
  THUMBNAIL_ATTACHMENT,
} from '@photomaton/design-docs/docs';
import { type Request, Router } from 'express';
import { notFound } from '../http-errors.ts';
import { CLIP_FORMATS, clipPicture } from './clips.ts';
import { parseKey } from './photos.ts';
import type { EventOf } from './routes.ts';
import { sendPicture } from './send-picture.ts';

/** The bytes of an event's photos, to its owner: hidden ones and those in the bin as well. */
export function pictureRoutes({ couch, eventOf }: { couch: Couch; eventOf: EventOf }): Router {
  const router = Router();

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
    const db = eventDatabase(event.event);
    // A photo that was removed has none, though a booth that was away may send its original after that.
    const preview = await couch.get<PreviewDoc>(db, previewId(keyOf(req)));
    if (!preview) return notFound();
    const picture = { db, id: preview.photo, attachment: PHOTO_ATTACHMENT, downloadAs: preview.name };
    await sendPicture({ couch, req, res }, picture);
  });

  return router;
}

const keyOf = (req: Request): PhotoKey => parseKey(req.params.photo) ?? notFound();
