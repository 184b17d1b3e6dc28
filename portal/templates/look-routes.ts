import { createHash, randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { shotsOf } from '@photomaton/design-docs/template';
import { builtInTemplates, type ImageWorker } from '@photomaton/device/image';
import { Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import { offerOf } from '../events/offers.ts';
import type { Access } from '../fleet/access.ts';
import { notFound } from '../http-errors.ts';
import { occasionOf, recentShots, shotsFor } from './look.ts';
import { createTurns } from './turns.ts';

/** The look of an event: every layout, drawn by the booth's own renderer in a thread of its own. */
export function eventLookRoutes(o: {
  couch: Couch;
  access: Access;
  images: Pick<ImageWorker, 'render' | 'previews'>;
  now(): Date;
}): Router {
  const { access, images, now } = o;
  const router = Router();
  const inTurn = createTurns();
  /** An updated portal may draw otherwise: what a browser has kept is then asked for again. */
  const start = randomBytes(8).toString('hex');
  router.use('/events/:event/look', requireCustomer);

  router.get('/events/:event/look', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const { templates, modes } = offerOf(event);
    const shots = await recentShots(o, event);
    res.render('events/look', {
      event: { id: event.event, title: event.title },
      hasOwnShots: shots.length > 0,
      layouts: builtInTemplates().map(({ template: { name, title, mode, size } }) => ({
        ...{ name, title, mode, size },
        isOffered: templates.includes(name) && modes.includes(mode),
      })),
    });
  });

  /** A layout as the booth makes it, byte for byte; with `?small` the thumbnail of that. */
  router.get('/events/:event/look/:template', async (req, res) => {
    const event = await access.eventFor(res.locals.account, req.params.event);
    const found = builtInTemplates().find(({ template }) => template.name === req.params.template);
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

    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const jpeg = await inTurn(customerOf(res).id, gone.signal, async () => {
      const shots = await shotsFor(o, event, { ids, count });
      const whole = await images.render({ ...found, occasion, dpi: 300 }, shots);
      if (whole.kind === 'failed') throw new Error(`a layout cannot be drawn: ${whole.reason}`);
      if (!isSmall) return whole.jpeg;
      const small = await images.previews(whole.jpeg);
      if (small.kind === 'failed') throw new Error(`a layout cannot be made small: ${small.reason}`);
      return small.thumbnail;
    });
    if (jpeg) res.type('jpeg').send(jpeg);
  });
  return router;
}
