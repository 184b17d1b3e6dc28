import type { Couch } from '@photomaton/couch';
import { Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import { offerOf } from '../events/offers.ts';
import type { Access } from '../fleet/access.ts';
import { notFound } from '../web/http-errors.ts';
import { findTemplate, templateChoices } from './choices.ts';
import type { Drawing } from './drawing.ts';
import { recentShots } from './look.ts';

/** The look of an event: every layout, drawn by the booth's own renderer in a thread of its own. */
export function eventLookRoutes(o: { couch: Couch; access: Access; draw: Drawing }): Router {
  const { access, draw } = o;
  const router = Router();
  router.use('/events/:event/look', requireCustomer);

  router.get('/events/:event/look', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const { templates, modes } = offerOf(event);
    const [shots, choices] = await Promise.all([recentShots(o, event), templateChoices(o, event.owner)]);
    res.render('events/look', {
      event: { id: event.event, title: event.title },
      hasOwnShots: shots.length > 0,
      layouts: choices.map((choice) => ({
        ...choice,
        isOffered: templates.includes(choice.name) && modes.includes(choice.mode),
      })),
    });
  });

  /** A layout as the booth makes it, byte for byte; with `?small` the thumbnail of that. */
  router.get('/events/:event/look/:template', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const found = await findTemplate(o, event.owner, req.params.template);
    if (!found) return notFound();
    await draw(res, found, { event, isSmall: req.query.small !== undefined });
  });
  return router;
}
