import { createHash, randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { shotsOf } from '@photomaton/design-docs/template';
import { Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import { offerOf } from '../events/offers.ts';
import type { Access } from '../fleet/access.ts';
import { notFound } from '../http-errors.ts';
import { findTemplate, templateChoices } from './choices.ts';
import type { Drawing } from './drawing.ts';
import { occasionOf, recentShots, shotsFor } from './look.ts';

/** The look of an event: every layout, drawn by the booth's own renderer in a thread of its own. */
export function eventLookRoutes(o: { couch: Couch; access: Access; draw: Drawing; now(): Date }): Router {
  const { access, draw, now } = o;
  const router = Router();
  /** An updated portal may draw otherwise: what a browser has kept is then asked for again. */
  const start = randomBytes(8).toString('hex');
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
    const occasion = occasionOf(event, now());
    const count = shotsOf(found.template);
    const ids = (await recentShots(o, event)).slice(0, count);
    const isSmall = req.query.small !== undefined;
    const shown = { ...occasion, date: event.days?.from ?? occasion.date.toDateString() };
    const { name, version } = found.template;
    const made = JSON.stringify([start, name, version, shown, ids, isSmall]);
    res.set('ETag', `"${createHash('sha256').update(made).digest('base64url')}"`);
    if (req.fresh) return void res.status(304).end();
    await draw(res, { ...found, occasion, isSmall, shots: () => shotsFor(o, event, { ids, count }) });
  });
  return router;
}
