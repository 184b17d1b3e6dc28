import type { Couch } from '@photomaton/couch';
import { type Request, type Response, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import { boothCard } from './booth-card.ts';
import { listBooths } from './booth-list.ts';

/** "My photo booths". */
export function fleetRoutes(o: { couch: Couch; now(): Date }): Router {
  const router = Router();
  const pageOf = async ({ query }: Request, res: Response) => {
    const { booths, next } = await listBooths(o, customerOf(res).id, query.from);
    return { booths: booths.map((row) => boothCard(row, o.now(), res.locals)), next };
  };
  router.get('/booths', requireCustomer, async (req, res) => {
    const page = await pageOf(req, res);
    res.render('fleet/booths', {
      ...page,
      paired: page.booths.find(({ booth }) => booth === req.query.paired),
    });
  });
  /** The cards alone, for the page's script. */
  router.get('/booths/cards', requireCustomer, async (req, res) => {
    res.render('fleet/cards', await pageOf(req, res));
  });
  return router;
}
