import { randomBytes } from 'node:crypto';
import { CouchError } from '@photomaton/couch';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { TFunction } from 'i18next';
import type { Logger } from 'pino';
import { HttpError, notFound } from './http-errors.ts';

/** Waiting helps while CouchDB is away; this is how long we say. */
const COUCH_RETRY_S = 20;

/** An error as a visitor meets it. `incident` is what to tell the operator, and what the log says too. */
interface Problem {
  status: number;
  kind: 'form' | 'expired' | 'missing' | 'large' | 'tooMany' | 'away' | 'failure';
  retryAfterS?: number | undefined;
  incident?: string;
}

/** The last route: what nobody answered does not exist. */
export const nothingHere: RequestHandler = () => notFound();

/** Turns whatever was thrown into a page (or JSON, for scripts) that says what to do. */
export function errorPage(o: { log: Logger }): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = problemOf(error);
    if (problem.kind === 'failure') {
      o.log.error(
        { err: error, incident: problem.incident, method: req.method, path: withoutTokens(req.path) },
        'request failed',
      );
    }
    if (problem.kind === 'away') o.log.warn({ code: codeOf(error) }, 'CouchDB is away');
    // Too late for another answer: the connection is cut, so that nobody takes a part for the whole.
    if (res.headersSent) return next(error);

    res.status(problem.status).set('Cache-Control', 'no-store');
    if (problem.retryAfterS !== undefined) res.set('Retry-After', String(problem.retryAfterS));
    const { t } = res.locals;
    if (!t || req.accepts('html', 'json') === 'json') {
      const { kind, incident } = problem;
      return res.json({ error: kind, ...(incident ? { incident } : {}) });
    }
    res.render('errors/error', { ...words(t, problem), incident: problem.incident });
  };
}

/** Links of guests, invitations and resets are secrets; ids are none, and help to find what failed. */
function withoutTokens(path: string): string {
  return path.replaceAll(/[\w-]{22,}/g, (text) => (/^[0-9a-f]{24}$/.test(text) ? text : '…'));
}

function problemOf(error: unknown): Problem {
  if (error instanceof HttpError) {
    const { status, retryAfterS } = error;
    if (status === 403) return { status, kind: 'expired' };
    if (status === 404) return { status, kind: 'missing' };
    return { status, kind: status === 429 ? 'tooMany' : 'away', retryAfterS };
  }
  if (error instanceof CouchError && isAway(error)) {
    return { status: 503, kind: 'away', retryAfterS: COUCH_RETRY_S };
  }
  // A database that was dropped meanwhile takes along what was asked for.
  if (error instanceof CouchError && error.code === 'NOT_FOUND') return { status: 404, kind: 'missing' };
  // What Express and its body parser refuse carries a status of its own. That of a CouchError is no answer to a visitor.
  const status = error instanceof CouchError ? undefined : (error as { status?: unknown } | null)?.status;
  if (status === 413) return { status, kind: 'large' };
  if (typeof status === 'number' && status >= 400 && status < 500) return { status, kind: 'form' };
  return { status: 500, kind: 'failure', incident: randomBytes(4).toString('hex') };
}

/** Not there, too slow, or in no state to do it: a full disk, maintenance. */
function isAway({ code, status = 0 }: CouchError): boolean {
  return ['UNREACHABLE', 'TIMEOUT', 'UNAUTHORIZED'].includes(code) || (code === 'REFUSED' && status >= 500);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

function words(t: TFunction, { kind, retryAfterS = 0 }: Problem): { title: string; advice: string } {
  switch (kind) {
    case 'expired':
      return { title: t('errors:expired.title'), advice: t('errors:expired.advice') };
    case 'missing':
      return { title: t('errors:missing.title'), advice: t('errors:missing.advice') };
    case 'large':
      return { title: t('errors:large.title'), advice: t('errors:large.advice') };
    case 'form':
      return { title: t('errors:form.title'), advice: t('errors:form.advice') };
    case 'tooMany':
      return {
        title: t('errors:tooMany.title'),
        advice: t('errors:tooMany.advice', { count: Math.max(1, Math.ceil(retryAfterS / 60)) }),
      };
    case 'away':
      return {
        title: t('errors:away.title'),
        advice: t('errors:away.advice', { count: Math.max(1, retryAfterS) }),
      };
    case 'failure':
      return { title: t('errors:failure.title'), advice: t('errors:failure.advice') };
  }
}
