import type { Couch } from '@photomaton/couch';
import { type EventDoc, eventDocId } from '@photomaton/design-docs/docs';
import { Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import type { Access } from '../fleet/access.ts';
import { sendPicture } from '../gallery/send-picture.ts';
import { boothsAt } from './booths-at.ts';
import { EVENT_PICTURE_NAMES, EVENT_PICTURES } from './event-pictures.ts';
import { type Settling, settleBooth } from './settle-booth.ts';

/** The pictures of an event, each: seen, put in place of the one before, taken away. */
export function pictureRoutes(o: Settling & { couch: Couch; access: Access; audit: Audit }): Router {
  const { couch, access, audit } = o;
  const router = Router();
  for (const name of EVENT_PICTURE_NAMES) {
    const { attachment, type, make, put, takenAway } = EVENT_PICTURES[name];
    const path = `/events/:event/${name}` as const;
    router.use(path, requireCustomer);

    router.get(path, async (req, res) => {
      const event = await access.eventFor(res.locals.account, req.params.event);
      const picture = { db: 'fleet', id: event._id, attachment, type };
      // Not for ever: another may take its place under this address.
      await sendPicture({ couch, req, res }, { ...picture, cacheControl: 'private, no-cache' });
    });

    router.post(path, async (req, res) => {
      const event = await access.eventFor(res.locals.account, req.params.event);
      const isTaken = req.body.act === 'take-away';
      const bytes = isTaken ? undefined : await make(req.files?.[name]?.bytes ?? new Uint8Array());
      if (!isTaken && !bytes) {
        return res.redirect(303, `/events/${event.event}/settings?refused=${name}#${name}`);
      }
      const changed = await couch.update<EventDoc & { _attachments?: Record<string, object> }>(
        'fleet',
        eventDocId(event.event),
        (found) => {
          if (!found || found.erasing) return undefined;
          const { _attachments, ...doc } = found;
          const { [attachment]: _, ...others } = _attachments ?? {};
          const made = bytes && {
            [attachment]: { content_type: type, data: bytes.toString('base64') },
          };
          const attachments = { ...others, ...made };
          return { ...doc, ...(Object.keys(attachments).length > 0 && { _attachments: attachments }) };
        },
      );
      await audit(isTaken ? takenAway : put, { actor: event.owner, subject: event.event });
      for (const booth of await boothsAt(o, changed ?? event)) await settleBooth(o, booth.booth);
      res.redirect(303, `/events/${event.event}/settings?saved=yes`);
    });
  }
  return router;
}
