import { serialOf } from '@photomaton/design-docs/docs';
import { readCode, showCode, wordsOf } from '@photomaton/design-docs/pairing';
import type { Response, Request as WebRequest } from 'express';
import { Router } from 'express';
import type { Session, SessionData } from 'express-session';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { networkOf } from '../sync/credentials.ts';
import { notFound } from '../web/http-errors.ts';
import { giveBack, type Limit, tryConsume } from './limits.ts';
import type { PairingRequests, Request, Typed } from './requests.ts';

declare module 'express-session' {
  interface SessionData {
    /** Id of the pairing that this customer is about to say yes to, or waits for. Never the code. */
    pairing?: string;
  }
}

/** Codes that were not right: for one account in 15 minutes, and for one address in an hour. */
const TRIES_AN_ACCOUNT = 10;
const TRIES_AN_ADDRESS = 30;

/** Why the code is asked for (again). */
type Problem = 'form' | 'wrong' | 'expired' | 'used' | 'declined' | 'not-tapped';

/**
 * "Register my photo booth", one question a page: the code, is it this one, touch its screen. The account
 * is bound to nothing before the tap; every step reads the pairing's document again.
 */
export function pairingRoutes({
  requests,
  audit,
  now,
}: {
  requests: PairingRequests;
  audit: Audit;
  now(): Date;
}): Router {
  const perAccount = new RateLimiterMemory({ points: TRIES_AN_ACCOUNT, duration: 15 * 60 });
  const perAddress = new RateLimiterMemory({ points: TRIES_AN_ADDRESS, duration: 3600 });

  function askForCode(res: Response, problem?: Problem, typed = ''): void {
    res.status(problem ? 422 : 200).render('pairing/register', { problem, typed, waitMinutes: undefined });
  }

  /** Sends the customer to the page that fits what the code turned out to be. */
  async function goOn(req: WebRequest, res: Response, typed: Typed, text = ''): Promise<void> {
    if (typed.kind === 'found' || typed.kind === 'mine') {
      await remember(req.session, typed.request._id);
      res.redirect(303, `/booths/register/${typed.kind === 'found' ? 'confirm' : 'wait'}`);
    } else {
      askForCode(res, typed.kind, text);
    }
  }

  /** What stands of the pairing this session is about; the page or redirect when it is over. */
  async function claimOf(req: WebRequest, res: Response): Promise<Request | undefined> {
    const request = req.session.pairing ? await requests.get(req.session.pairing) : undefined;
    const isMine = request?.claimedBy?.account === customerOf(res).id;
    if (!request || !isMine) res.redirect(303, '/booths/register');
    else if (request.state === 'paired') res.redirect(303, `/booths?paired=${request.booth}`);
    else if (request.state === 'declined') askForCode(res, 'declined');
    else if (requests.isOver(request)) askForCode(res, 'not-tapped');
    else return request;
    return undefined;
  }

  const router = Router();
  router.use('/booths/register', requireCustomer);

  router.get('/booths/register', (_req, res) => askForCode(res));

  router.post('/booths/register', async (req, res) => {
    const text = typeof req.body?.code === 'string' ? req.body.code.slice(0, 40) : '';
    const code = readCode(text);
    // What cannot be a code tells nothing about those that are, so it is no try.
    if (code === undefined) return askForCode(res, 'form', text);
    const { id } = customerOf(res);
    const limits: Limit[] = [
      [perAccount, id],
      [perAddress, networkOf(req.ip ?? '')],
    ];
    // Counted before the code is looked at, so that trying many at once gains nothing.
    const wait = await tryConsume(...limits);
    if (wait) {
      res.status(429).set('Retry-After', String(Math.ceil(wait.retryMs / 1000)));
      return res.render('pairing/register', {
        problem: 'too-many',
        typed: text,
        waitMinutes: Math.ceil(wait.retryMs / 60_000),
      });
    }
    const typed = await requests.typed(code, id);
    if (typed.kind === 'found' || typed.kind === 'mine') await giveBack(...limits);
    else await audit('pairing code refused', { actor: id, details: { why: typed.kind } });
    await goOn(req, res, typed, text);
  });

  router.get('/booths/register/confirm', async (req, res) => {
    const request = req.session.pairing ? await requests.get(req.session.pairing) : undefined;
    if (!request) return res.redirect(303, '/booths/register');
    const typed = requests.judge(request, customerOf(res).id);
    if (typed.kind !== 'found') return await goOn(req, res, typed);
    const code = requests.codeOf(request);
    res.render('pairing/confirm', {
      serial: serialOf(request.booth),
      words: wordsOf(request.publicKey, code)[res.locals.lang],
      code: showCode(code),
      minutes: Math.max(1, Math.floor((Date.parse(request.expiresAt) - now().getTime()) / 60_000)),
    });
  });

  router.post('/booths/register/confirm', async (req, res) => {
    if (!req.session.pairing) return res.redirect(303, '/booths/register');
    const { id, name } = customerOf(res);
    const typed = await requests.claim(req.session.pairing, { account: id, name });
    // The claim is this account's: whether it was just made or before, it waits for the tap.
    if (typed.kind !== 'mine') return await goOn(req, res, typed);
    await audit('pairing claimed', { actor: id, subject: typed.request.booth });
    res.redirect(303, '/booths/register/wait');
  });

  router.get('/booths/register/wait', async (req, res) => {
    const request = await claimOf(req, res);
    if (!request) return;
    res.render('pairing/wait', {
      state: request.state,
      words: wordsOf(request.publicKey, requests.codeOf(request))[res.locals.lang],
    });
  });

  /** For the page's script: has anything changed? */
  router.get('/booths/register/wait/state', async (req, res) => {
    const request = req.session.pairing ? await requests.get(req.session.pairing) : undefined;
    if (!request || request.claimedBy?.account !== customerOf(res).id) notFound();
    res.set('Cache-Control', 'no-store').json({ state: requests.isOver(request) ? 'over' : request.state });
  });

  return router;
}

/** Saved before the redirect goes out: the browser may ask for the next page before a later save is done. */
async function remember(session: Session & Partial<SessionData>, pairing: string): Promise<void> {
  session.pairing = pairing;
  await new Promise<void>((resolve, reject) => {
    session.save((error) => (error ? reject(error) : resolve()));
  });
}
