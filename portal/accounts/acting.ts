import express, { type RequestHandler, type Router } from 'express';
import { type Audit, actingBy } from '../audit/audit.ts';
import { notFound } from '../web/http-errors.ts';
import type { Accounts } from './accounts.ts';
import { saveSession } from './enter.ts';
import { requireFresh, requireOperator } from './require.ts';

const ACTING_MS = 3600_000;

interface ActingParts {
  accounts: Accounts;
  audit: Audit;
  now: () => Date;
}

/**
 * An operator who acts for a customer sees and does what the customer can, for an hour, under a bar that says so. The
 * customer's account itself (password, address, export, closing) stays out of reach, and all that is done is in the
 * trail with the operator's id. After the body parsers, so that nothing that follows loses the trail's context.
 */
export function actingHandler({ accounts, now }: ActingParts): RequestHandler {
  return async (req, res, next) => {
    const { account: operator } = res.locals;
    const { acting } = req.session;
    if (!acting || operator?.role !== 'operator' || !operator.hasSecondFactor) return next();
    const customer = acting.until > now().toISOString() ? await accounts.customer(acting.account) : undefined;
    if (!customer || customer.state === 'disabled') return next();
    res.locals.account = customer;
    res.locals.actedBy = { operator, until: new Date(acting.until) };
    actingBy(operator.id, next);
  };
}

/** `POST /customers/:account/act` begins it, `POST /acting/end` ends it. */
export function actingRoutes({ accounts, audit, now }: ActingParts): Router {
  const router = express.Router();

  router.post('/customers/:account/act', requireOperator, requireFresh, async (req, res) => {
    const operator = res.locals.account?.id ?? null;
    const customer = await accounts.customer(String(req.params.account));
    if (!customer || customer.state === 'disabled') notFound();
    // In the trail before anything can be seen.
    await audit('acting begun', { actor: operator, subject: customer.id });
    const until = new Date(now().getTime() + ACTING_MS).toISOString();
    req.session.acting = { account: customer.id, until };
    await saveSession(req);
    res.redirect(303, '/');
  });

  router.post('/acting/end', async (req, res) => {
    const { actedBy, account } = res.locals;
    if (!actedBy || !account) return res.redirect(303, '/');
    delete req.session.acting;
    await saveSession(req);
    await audit('acting ended', { actor: actedBy.operator.id, subject: account.id });
    res.redirect(303, `/customers/${account.id}`);
  });

  return router;
}
