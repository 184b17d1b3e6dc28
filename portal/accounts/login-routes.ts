import express, { type Router } from 'express';
import type { Audit } from '../audit.ts';
import { safeNext } from '../origin.ts';
import { networkOf } from '../sync-credentials.ts';
import type { Account } from './accounts.ts';
import { enter } from './enter.ts';
import { LOGIN, type LoginPassport } from './passport.ts';
import type { LoginThrottle } from './throttle.ts';

/** `/login` and `/logout`. */
export function loginRoutes(o: { passport: LoginPassport; throttle: LoginThrottle; audit: Audit }): Router {
  const router = express.Router();

  router.get('/login', (req, res) => {
    const next = safeNext(req.query.next);
    if (res.locals.account) return res.redirect(303, next);
    res.render('accounts/login', { next, email: '', refused: false });
  });

  router.post('/login', async (req, res) => {
    const email = typeof req.body.email === 'string' ? req.body.email : '';
    const next = safeNext(req.body.next);
    const who = { email, address: networkOf(req.ip ?? '') };
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
    await o.audit('login', { actor: account.id, details: { address: req.ip ?? '' } });
    await enter(req, res, account);
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
function authenticate(
  passport: LoginPassport,
  req: express.Request,
  res: express.Response,
): Promise<Account | undefined> {
  return new Promise((resolve, reject) => {
    const handler = passport.authenticate(LOGIN, (error: unknown, account: Account | false | undefined) =>
      error ? reject(error) : resolve(account || undefined),
    );
    handler(req, res, reject);
  });
}
