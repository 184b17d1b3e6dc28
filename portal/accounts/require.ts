import type { RequestHandler } from 'express';
import { notFound } from '../web/http-errors.ts';

/**
 * Doors by role. Nobody logged in: to the login page and back again. The wrong role: the same 404 as for a
 * page that does not exist.
 */
export const requireCustomer = requireRole(['customer']);
/** Operators answer for everybody: without a second factor they get no further than setting one up. */
export const requireOperator = requireRole(['operator'], (_req, res, next) => {
  if (res.locals.account?.hasSecondFactor) return next();
  res.redirect(303, '/account/second-factor');
});
/** One's own account: not that of a customer for whom an operator acts. */
export const requireAccount = requireRole(['operator', 'customer'], (_req, res, next) => {
  if (res.locals.actedBy) notFound();
  next();
});

/** How long after a password (and a code) nobody is asked again. */
const FRESH_MS = 10 * 60_000;

/** Before what would hand an account over: whoever sits down at an open page is asked who she is. */
export const requireFresh: RequestHandler = (req, res, next) => {
  if (res.locals.actedBy) notFound();
  const age = Date.now() - Date.parse(req.session.provenAt ?? '');
  if (age < FRESH_MS) return next();
  // What was posted is gone: back to the page of its form, which has the same address, or to the one above it.
  const page =
    /^\/(customers|fleet\/rollouts|fleet(?!\/rollouts))\/[^/]+(?=\/)/.exec(req.originalUrl)?.[0] ??
    req.originalUrl;
  res.redirect(303, `/login/again?next=${encodeURIComponent(page)}`);
};

function requireRole(roles: ('customer' | 'operator')[], further?: RequestHandler): RequestHandler {
  return (req, res, next) => {
    const { account } = res.locals;
    if (!account) {
      // Only pages can be returned to: what was posted is gone.
      const query = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : '';
      return res.redirect(303, `/login${query}`);
    }
    if (!roles.includes(account.role)) notFound();
    if (further) further(req, res, next);
    else next();
  };
}
