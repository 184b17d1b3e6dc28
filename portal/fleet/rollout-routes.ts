import type { Couch } from '@photomaton/couch';
import {
  isRolloutId,
  MOST_IN_ROLLOUT,
  type RolloutDoc,
  type RolloutListDoc,
  rolloutDocId,
  rolloutListId,
  serialOf,
} from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { requireFresh, requireOperator } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import type { Board } from './board.ts';
import { queryOf } from './board-query.ts';
import { BOOTH_STATES, stateOf } from './board-row.ts';
import { inTurn, isUnderWay, mayRollBack, namesIn, stageAfter } from './rollout.ts';
import {
  judgeRollout,
  type RolloutDraft,
  type RolloutProblem,
  readRolloutForm,
  SWITCHES,
} from './rollout-form.ts';
import { rolloutCard, rolloutStanding } from './rollout-page.ts';
import {
  allRollouts,
  beginRollout,
  goOn,
  newRolloutId,
  rollBack,
  rolloutsBefore,
  stop,
} from './rollout-store.ts';

/** Booths that may be chosen to be the first. */
const MOST_FIRST = 50;

/** `/fleet/rollouts`: settings that an operator puts on many booths, in stages. */
export function fleetRolloutRoutes(o: { couch: Couch; board: Board; audit: Audit; now(): Date }): Router {
  const { couch, board, audit } = o;
  const router = Router();
  router.use('/fleet/rollouts', requireOperator);

  router.get('/fleet/rollouts', async ({ query: { from } }, res) => {
    const { docs, next } = await rolloutsBefore(o, isRolloutId(from) ? from : undefined);
    res.render('fleet/rollouts', {
      rollouts: docs.map((doc) => rolloutCard(doc, res.locals)),
      nextHref: next && `/fleet/rollouts?from=${next}`,
    });
  });

  async function showForm(req: Request, res: Response, draft: RolloutDraft, problems: RolloutProblem[]) {
    const { from: _, ...query } = queryOf(req);
    const rows = board.found(query);
    const nowMs = o.now().getTime();
    const ready = rows.filter((row) => stateOf(row, nowMs) === 'online' && !row.isOut);
    const { q = '', state = '', version = '' } = query;
    res.status(problems.length > 0 ? 422 : 200).render('fleet/rollout-new', {
      ...{ query, draft, problems, switches: SWITCHES, states: BOOTH_STATES },
      ...{ count: rows.length, isWhole: board.isWhole, versions: board.page({}).versions },
      action: `/fleet/rollouts/new?${new URLSearchParams({ q, state, version })}`,
      first: ready.slice(0, MOST_FIRST).map(({ booth, name }) => ({ booth, name, serial: serialOf(booth) })),
      busy: (await allRollouts(o)).find(isUnderWay)?.rollout,
    });
  }

  // Asked for a fresh login before the form is filled in, not after.
  router.get('/fleet/rollouts/new', requireFresh, async (req, res) => {
    await showForm(req, res, readRolloutForm({}), []);
  });

  router.post('/fleet/rollouts/new', requireFresh, async (req, res) => {
    const draft = readRolloutForm(req.body);
    const judged = judgeRollout(draft);
    if ('problems' in judged) return await showForm(req, res, draft, judged.problems);
    const { from: _, ...query } = queryOf(req);
    const rows = board.isWhole ? board.found(query) : [];
    // The form says which is under way.
    if ((await allRollouts(o)).some(isUnderWay)) return await showForm(req, res, draft, ['busy']);
    if (rows.length === 0 || rows.length > MOST_IN_ROLLOUT)
      return await showForm(req, res, draft, ['booths']);
    const first = rows.find(({ booth }) => booth === draft.first)?.booth;
    const { q, state, version } = query;
    const rollout = newRolloutId(o.now());
    await audit('rollout begun', {
      ...{ actor: operatorOf(res), subject: rollout },
      details: { settings: namesIn(judged.choice).join(', '), booths: rows.length },
    });
    const isBegun = await beginRollout(o, {
      ...{ rollout, ...judged.choice, by: res.locals.account?.id ?? '' },
      asked: { ...(q && { q }), ...(state && { state }), ...(version && { version }) },
      booths: inTurn(rows, first, o.now().getTime()),
    });
    res.redirect(303, isBegun ? `/fleet/rollouts/${rollout}` : '/fleet/rollouts/new');
  });

  async function pageOf(req: Request, res: Response) {
    const doc = await rolloutOf(req);
    const list = await couch.get<RolloutListDoc>('fleet', rolloutListId(doc.rollout));
    return {
      card: rolloutCard(doc, res.locals),
      standing: rolloutStanding(o, doc, list ?? notFound(), res.locals),
      mayGoOn: doc.state === 'running' && stageAfter(doc) !== undefined,
      mayRollBack: mayRollBack(doc),
    };
  }

  async function rolloutOf(req: Request): Promise<RolloutDoc> {
    const { rollout } = req.params;
    const doc = isRolloutId(rollout)
      ? await couch.get<RolloutDoc>('fleet', rolloutDocId(rollout))
      : undefined;
    return doc ?? notFound();
  }

  router.get('/fleet/rollouts/:rollout', async (req, res) =>
    res.render('fleet/rollout', await pageOf(req, res)),
  );
  /** How it stands alone, for the page's script. */
  router.get('/fleet/rollouts/:rollout/standing', async (req, res) =>
    res.render('fleet/rollout-standing', await pageOf(req, res)),
  );

  // The trail first, so that nothing is missing from it.
  router.post('/fleet/rollouts/:rollout/on', requireFresh, async (req, res) => {
    const { rollout, stage, state, booths } = await rolloutOf(req);
    const next = stageAfter({ stage, booths });
    // From the stage that was seen: two clicks are one.
    if (state === 'running' && next && stage === textOf(req.body, 'stage')) {
      await audit('rollout went on', {
        actor: operatorOf(res),
        subject: rollout,
        details: { [`stage-${next}`]: true },
      });
      await goOn(o, { rollout, stage });
    }
    res.redirect(303, `/fleet/rollouts/${rollout}`);
  });

  router.post('/fleet/rollouts/:rollout/stop', requireFresh, async (req, res) => {
    const { rollout, state } = await rolloutOf(req);
    if (state === 'running') {
      await audit('rollout stopped', { actor: operatorOf(res), subject: rollout });
      await stop(o, { rollout });
    }
    res.redirect(303, `/fleet/rollouts/${rollout}`);
  });

  router.post('/fleet/rollouts/:rollout/back', requireFresh, async (req, res) => {
    const doc = await rolloutOf(req);
    if (mayRollBack(doc)) {
      await audit('rollout roll-back asked for', { actor: operatorOf(res), subject: doc.rollout });
      await rollBack(o, doc);
    }
    res.redirect(303, `/fleet/rollouts/${doc.rollout}`);
  });

  return router;
}

const operatorOf = (res: Response): string | null => res.locals.account?.id ?? null;
