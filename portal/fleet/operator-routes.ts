import {
  type BoothDoc,
  boothDocId,
  isBoothId,
  type RotationDoc,
  rotationId,
  serialOf,
} from '@photomaton/design-docs/docs';
import { spaceOf } from '@photomaton/design-docs/measures';
import { type Request, type Response, Router } from 'express';
import type { Accounts } from '../accounts/accounts.ts';
import { requireFresh, requireOperator } from '../accounts/require.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { assignBooth } from './assign-booth.ts';
import type { Board } from './board.ts';
import type { BoardQuery } from './board-index.ts';
import { BOARD_ORDERS } from './board-order.ts';
import { queryOf } from './board-query.ts';
import { BOOTH_STATES, type BoardRow, stateOf } from './board-row.ts';
import { sayAgo, sayMeasure } from './figures.ts';
import { beginRotation, canRotate, type Rotating } from './rotate-key.ts';

interface OperatorParts extends Rotating {
  accounts: Pick<Accounts, 'byEmail' | 'byId' | 'customer'>;
  board: Board;
}

/** What was just done or could not be. */
interface Shown {
  isSaved: boolean;
  isUnsure: boolean;
  /** No other customer has the address that was typed. */
  isNobody: boolean;
  email: string;
}

/** `/fleet`: every booth there is, how it is, and what only an operator does to one. Never a photo. */
export function operatorRoutes(o: OperatorParts): Router {
  const { couch, provisioner, board, audit } = o;
  const router = Router();
  router.use('/fleet', requireOperator);

  function pageOf(req: Request, res: Response) {
    const query = queryOf(req);
    const { rows, next, counts, versions } = board.page(query);
    /** The same question, but for what is said here. */
    const link = (path: string, over: BoardQuery) => {
      const asked = Object.entries({ ...query, from: undefined, ...over });
      return `${path}?${new URLSearchParams(asked.flatMap(([name, value]) => (value ? [[name, value]] : [])))}`;
    };
    const { q, state, version } = query;
    return {
      ...{ query, versions, states: BOOTH_STATES, orders: BOARD_ORDERS, isWhole: board.isWhole },
      tallies: [undefined, ...BOOTH_STATES].map((state) => ({
        ...{ state, href: link('/fleet', { state }), isShown: state === query.state },
        count: state ? counts[state] : BOOTH_STATES.reduce((sum, one) => sum + counts[one], 0),
      })),
      rows: rows.map((row) => cardOf(row, o.now(), res.locals)),
      rolloutHref: link('/fleet/rollouts/new', { order: undefined }),
      nextHref: next && link('/fleet', { from: next }),
      isFiltered: (q ?? state ?? version) !== undefined,
    };
  }

  router.get('/fleet', (req, res) => res.render('fleet/board', pageOf(req, res)));
  /** The list alone, for the page's script. */
  router.get('/fleet/rows', (req, res) => res.render('fleet/board-rows', pageOf(req, res)));

  async function boothOf(req: Request): Promise<BoothDoc> {
    const { booth } = req.params;
    const doc = isBoothId(booth) ? await couch.get<BoothDoc>('fleet', boothDocId(booth)) : undefined;
    return doc ?? notFound();
  }

  async function show(res: Response, doc: BoothDoc, page: Partial<Shown>) {
    const [owner, rotation, isRotatable] = await Promise.all([
      o.accounts.byId(doc.owner),
      couch.get<RotationDoc>('fleet', rotationId(doc.booth)),
      canRotate(o, doc.booth),
    ]);
    const row = board.row(doc.booth);
    const day = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'long', timeStyle: 'short' });
    res.status(page.isUnsure || page.isNobody ? 422 : 200).render('fleet/board-booth', {
      ...{ isSaved: false, isUnsure: false, isNobody: false, email: '', ...page },
      ...{ booth: doc.booth, serial: serialOf(doc.booth), name: doc.name, owner: doc.owner },
      ownerName: owner?.name ?? doc.owner,
      ...{ notes: doc.notes ?? '', isRevoked: doc.keyRevoked !== undefined },
      rotatingSince: rotation && day.format(new Date(rotation.since)),
      isRotatable,
      paired: day.format(new Date(doc.pairedAt)),
      card: row && cardOf(row, o.now(), res.locals),
    });
  }

  router.get('/fleet/:booth', async (req, res) => {
    await show(res, await boothOf(req), { isSaved: req.query.saved === 'yes' });
  });

  router.post('/fleet/:booth', async (req, res) => {
    const { booth } = await boothOf(req);
    const notes = textOf(req.body, 'notes').slice(0, 2000);
    await couch.update<BoothDoc>('fleet', boothDocId(booth), (found) => {
      if (!found) return undefined;
      const { notes: _, ...rest } = found;
      return { ...rest, ...(notes && { notes }) };
    });
    await audit('booth notes changed', { actor: operatorOf(res), subject: booth });
    res.redirect(303, `/fleet/${booth}?saved=yes`);
  });

  router.post('/fleet/:booth/rotate', requireFresh, async (req, res) => {
    const { booth } = await boothOf(req);
    await audit('booth key rotation asked for', { actor: operatorOf(res), subject: booth });
    await beginRotation(o, booth);
    res.redirect(303, `/fleet/${booth}`);
  });

  router.post('/fleet/:booth/owner', requireFresh, async (req, res) => {
    const doc = await boothOf(req);
    const email = textOf(req.body, 'email');
    const found = await o.accounts.byEmail(email);
    const customer = found && (await o.accounts.customer(found.id));
    // With a closed account its booths go too.
    if (!customer || customer.id === doc.owner || customer.state === 'closing')
      return await show(res, doc, { isNobody: true, email });
    const { booth, owner: from } = doc;
    const details = { from, to: customer.id };
    await audit('booth assignment asked for', { actor: operatorOf(res), subject: booth, details });
    await assignBooth(o, booth, customer.id);
    res.redirect(303, `/fleet/${booth}?saved=yes`);
  });

  router.post('/fleet/:booth/revoke', requireFresh, async (req, res) => {
    const doc = await boothOf(req);
    if (req.body.sure !== 'yes') return await show(res, doc, { isUnsure: true });
    await provisioner.removeDeviceKey(doc.booth);
    await couch.update<BoothDoc>('fleet', boothDocId(doc.booth), (found) =>
      found?.pairedAt === doc.pairedAt ? { ...found, keyRevoked: o.now().toISOString() } : undefined,
    );
    await audit('booth key revoked', { actor: operatorOf(res), subject: doc.booth });
    res.redirect(303, `/fleet/${doc.booth}`);
  });

  return router;
}

const operatorOf = (res: Response): string | null => res.locals.account?.id ?? null;

/** What the views print of a booth: every figure in words. */
function cardOf(row: BoardRow, now: Date, locals: Pick<Express.Locals, 'lang' | 't'>) {
  const { booth, name, owner, ownerName, version, seenMs, troubles, waiting, freeBytes } = row;
  return {
    ...{ booth, name, owner, ownerName, version, troubles, waiting },
    serial: serialOf(booth),
    state: stateOf(row, now.getTime()),
    seen: seenMs === 0 ? '–' : sayAgo(new Date(seenMs), now, locals),
    free: freeBytes === undefined ? undefined : sayMeasure(spaceOf(freeBytes), locals),
  };
}
