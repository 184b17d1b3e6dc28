import { csrfSync } from 'csrf-sync';
import type { RequestHandler } from 'express';
import { HttpError } from './http-errors.ts';
import { originCheck } from './origin.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses with 403 whatever changes something and does not come from a page of ours: by its Origin, by the
 * browser's own word on the site it comes from, and by the session's token (field `_csrf` or header
 * `X-CSRF-Token`). The token is made, and with it a session, only when a view prints it.
 */
export function csrfHandler(o: { portalUrl: string }): RequestHandler {
  const isOurs = originCheck(o.portalUrl);
  const { generateToken, isRequestValid } = csrfSync({
    size: 32,
    getTokenFromRequest: (req) => {
      const sent: unknown = req.body?._csrf ?? req.headers['x-csrf-token'];
      return typeof sent === 'string' ? sent : undefined;
    },
  });
  return (req, res, next) => {
    res.locals.csrfToken = { toString: () => generateToken(req) };
    if (SAFE.has(req.method)) return next();
    const { origin, 'sec-fetch-site': site } = req.headers;
    if ((origin !== undefined && !isOurs(origin)) || site === 'cross-site') {
      throw new HttpError(403, 'foreign origin');
    }
    if (!isRequestValid(req)) throw new HttpError(403, 'no valid CSRF token');
    next();
  };
}
