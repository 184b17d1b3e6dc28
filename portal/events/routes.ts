import type { Couch } from '@photomaton/couch';
import { Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import { listEvents } from './event-list.ts';

/** "My events". */
export function eventsRoutes({ couch }: { couch: Couch }): Router {
  const router = Router();
  router.get('/events', requireCustomer, async (req, res) => {
    const { events, next } = await listEvents({ couch }, customerOf(res).id, req.query.from);
    const format = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'long' });
    res.render('events/list', {
      events: events.map((row) => ({ ...row, since: format.format(new Date(row.createdAt)) })),
      next,
    });
  });
  return router;
}
