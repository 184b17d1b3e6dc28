import type { RequestHandler } from 'express';
import { notFound } from '../http-errors.ts';

/**
 * Doors by role. Nobody logged in: to the login page and back again. The wrong role: the same 404 as for a
 * page that does not exist.
 */
export const requireCustomer = requireRole('customer');
export const requireOperator = requireRole('operator');

function requireRole(role: 'customer' | 'operator'): RequestHandler {
  return (req, res, next) => {
    const { account } = res.locals;
    if (!account) {
      // Only pages can be returned to: what was posted is gone.
      const query = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : '';
      return res.redirect(303, `/login${query}`);
    }
    if (account.role !== role) notFound();
    next();
  };
}
