import express, { type Request, type Response, type Router } from 'express';
import type { Audit } from '../audit/audit.ts';
import { networkOf } from '../sync/credentials.ts';
import { textOf } from '../web/form-body.ts';
import { safeNext } from '../web/origin.ts';
import type { Account, Accounts } from './accounts.ts';
import { type Entrance, saveSession } from './enter.ts';
import type { KnownDevices } from './known-device.ts';
import { LOGIN, type LoginPassport } from './passport.ts';
import type { SecondFactor } from './second-factor.ts';
import type { LoginThrottle, Try } from './throttle.ts';

interface LoginParts {
  accounts: Accounts;
  passport: LoginPassport;
  secondFactor: SecondFactor;
  entrance: Entrance;
  throttle: LoginThrottle;
  devices: KnownDevices;
  audit: Audit;
  now: () => Date;
}

/** `/login`, the code after it, the proof of who is there before what matters, and `/logout`. */
export function loginRoutes(o: LoginParts): Router {
  const router = express.Router();
  const addressOf = (req: Request) => networkOf(req.ip ?? '');
  const whoTries = (req: Request, email: string): Try => ({
    ...{ email, address: addressOf(req), device: o.devices.of(req, email) },
  });

  router.get('/login', (req, res) => {
    const next = safeNext(req.query.next);
    if (res.locals.account) return res.redirect(303, next);
    res.render('accounts/login', { next, email: '', refused: false });
  });

  router.post('/login', async (req, res) => {
    const email = typeof req.body.email === 'string' ? req.body.email : '';
    const next = safeNext(req.body.next);
    const who = whoTries(req, email);
    await o.throttle.attempt(who);
    const account = await authenticate(o.passport, req, res);
    if (!account) {
      await o.audit('login refused', {
        actor: null,
        details: { email: email.slice(0, 254), address: req.ip ?? '' },
      });
      // The same page whether the account exists or not.
      return res.status(401).render('accounts/login', { next, email, refused: true });
    }
    await o.throttle.passed(who);
    o.devices.remember(res, email);
    res.redirect(303, await o.entrance.admit(req, res, account, next));
  });

  /** Whose password was right and whose code is still to come. */
  async function halfwayOf(req: Request): Promise<Account | undefined> {
    const { halfway } = req.session;
    const isOpen = halfway && halfway.until > o.now().toISOString();
    return isOpen ? await o.accounts.ofSession(halfway.account, req.session.createdAt ?? '') : undefined;
  }

  router.get('/login/code', async (req, res) => {
    const next = safeNext(req.query.next);
    if (!(await halfwayOf(req))) return res.redirect(303, `/login?next=${encodeURIComponent(next)}`);
    res.render('accounts/login-code', { next, refused: false });
  });

  router.post('/login/code', async (req, res) => {
    const next = safeNext(req.body.next);
    const account = await halfwayOf(req);
    if (!account) return res.redirect(303, `/login?next=${encodeURIComponent(next)}`);
    if (!(await passes(req, account))) {
      return res.status(401).render('accounts/login-code', { next, refused: true });
    }
    await o.entrance.enter(req, res, account);
    res.redirect(303, next);
  });

  /** Takes the code that was typed; tries are counted before it is looked at. */
  async function passes(req: Request, account: Account): Promise<boolean> {
    const who = { email: `code of ${account.id}`, address: addressOf(req) };
    await o.throttle.attempt(who);
    const isRight = await o.secondFactor.pass(account.id, textOf(req.body, 'code'));
    if (isRight) await o.throttle.passed(who);
    else await o.audit('code refused', { actor: account.id, details: { address: req.ip ?? '' } });
    return isRight;
  }

  const showAgain = (res: Response, account: Account, page: { next: string; refused: boolean }) =>
    res.status(page.refused ? 401 : 200).render('accounts/login-again', { ...page, email: account.email });

  router.get('/login/again', (req, res) => {
    const next = safeNext(req.query.next);
    const { account } = res.locals;
    if (!account) return res.redirect(303, `/login?next=${encodeURIComponent(next)}`);
    showAgain(res, account, { next, refused: false });
  });

  router.post('/login/again', async (req, res) => {
    const next = safeNext(req.body.next);
    const { account } = res.locals;
    if (!account) return res.redirect(303, `/login?next=${encodeURIComponent(next)}`);
    const who = whoTries(req, account.email);
    await o.throttle.attempt(who);
    const password = typeof req.body.password === 'string' ? req.body.password : '';
    const isRight = (await o.accounts.login(account.email, password))?.id === account.id;
    if (!isRight || (account.hasSecondFactor && !(await passes(req, account)))) {
      await o.audit('login refused', { actor: account.id, details: { address: req.ip ?? '' } });
      return showAgain(res, account, { next, refused: true });
    }
    await o.throttle.passed(who);
    req.session.provenAt = o.now().toISOString();
    await saveSession(req);
    res.redirect(303, next);
  });

  router.post('/logout', async (req, res, done) => {
    const { account } = res.locals;
    if (account) await o.audit('logout', { actor: account.id });
    req.session.destroy((error: unknown) => (error ? done(error) : res.redirect(303, '/login')));
  });

  return router;
}

/** Passport's local strategy as a promise. */
function authenticate(passport: LoginPassport, req: Request, res: Response): Promise<Account | undefined> {
  return new Promise((resolve, reject) => {
    const handler = passport.authenticate(LOGIN, (error: unknown, account: Account | false | undefined) =>
      error ? reject(error) : resolve(account || undefined),
    );
    handler(req, res, reject);
  });
}
