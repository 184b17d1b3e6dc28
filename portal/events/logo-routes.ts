import type { Couch } from '@photomaton/couch';
import { type EventDoc, eventDocId, LOGO_ATTACHMENT } from '@photomaton/design-docs/docs';
import { makeLogo } from '@photomaton/device/image';
import { Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import type { Access } from '../fleet/access.ts';
import { sendPicture } from '../gallery/send-picture.ts';
import { boothsAt } from './booths-at.ts';
import { type Settling, settleBooth } from './settle-booth.ts';

/** The logo of an event: seen, put in place of the one before, taken away. */
export function logoRoutes(o: Settling & { couch: Couch; access: Access; audit: Audit }): Router {
  const { couch, access, audit } = o;
  const router = Router();
  router.use('/events/:event/logo', requireCustomer);

  router.get('/events/:event/logo', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const picture = { db: 'fleet', id: event._id, attachment: LOGO_ATTACHMENT, type: 'image/webp' } as const;
    // Not for ever: another may take its place under this address.
    await sendPicture({ couch, req, res }, { ...picture, cacheControl: 'private, no-cache' });
  });

  router.post('/events/:event/logo', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const isTaken = req.body.act === 'take-away';
    const webp = isTaken ? undefined : await makeLogo(req.files?.logo?.bytes ?? new Uint8Array());
    if (!isTaken && !webp) return res.redirect(303, `/events/${event.event}/settings?logo=refused#logo`);
    const changed = await couch.update<EventDoc>('fleet', eventDocId(event.event), (found) => {
      if (!found || found.erasing) return undefined;
      const { _attachments, ...doc } = found;
      const logo = webp && { content_type: 'image/webp', data: webp.toString('base64') };
      return { ...doc, ...(logo && { _attachments: { [LOGO_ATTACHMENT]: logo } }) };
    });
    await audit('event changed', { actor: event.owner, subject: event.event });
    for (const booth of await boothsAt(o, changed ?? event)) await settleBooth(o, booth.booth);
    res.redirect(303, `/events/${event.event}/settings?saved=yes`);
  });
  return router;
}
