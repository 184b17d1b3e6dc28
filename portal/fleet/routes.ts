import type { Couch } from '@photomaton/couch';
import { Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import { listBooths } from './booth-list.ts';

/** "My photo booths". */
export function fleetRoutes(o: { couch: Couch; now(): Date }): Router {
  const router = Router();
  router.get('/booths', requireCustomer, async (req, res) => {
    const { booths, next } = await listBooths(o, customerOf(res).id, req.query.from);
    const seenFormat = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'medium', timeStyle: 'short' });
    res.render('fleet/booths', {
      booths: booths.map((row) => ({
        ...row,
        seen: row.presence.kind === 'away' ? seenFormat.format(row.presence.seenAt) : undefined,
        isJustPaired: row.booth === req.query.paired,
      })),
      next,
    });
  });
  return router;
}
