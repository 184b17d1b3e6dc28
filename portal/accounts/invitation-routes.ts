import express, { type Request, type Response, type Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Audit } from '../audit/audit.ts';
import { networkOf } from '../sync/credentials.ts';
import type { Accounts } from './accounts.ts';
import type { Entrance } from './enter.ts';
import { MIN_LENGTH, type PasswordProblem, type Passwords } from './passwords.ts';
import { consume } from './throttle.ts';

/** Links that open nothing, from one address; true ones are not counted. */
const JUNK_AN_ADDRESS = 30;
const WINDOW_S = 15 * 60;

/**
 * `/invitation/:token`: a new customer sets a password, or somebody who forgot hers a new one. The link works once,
 * for seven days or for an hour.
 */
export function invitationRoutes(o: {
  accounts: Accounts;
  passwords: Passwords;
  entrance: Entrance;
  audit: Audit;
}): Router {
  const { accounts, passwords, audit } = o;
  const router = express.Router();
  const junk = new RateLimiterMemory({ points: JUNK_AN_ADDRESS, duration: WINDOW_S });

  async function showOver(req: Request, res: Response): Promise<void> {
    await consume(junk, networkOf(req.ip ?? ''));
    res.status(404).render('accounts/invitation-over');
  }

  router.get('/invitation/:token', async (req, res) => {
    const account = await accounts.invited(req.params.token);
    if (!account) return await showOver(req, res);
    res.render('accounts/invitation', { ...formOf(account), problem: undefined });
  });

  router.post('/invitation/:token', async (req, res) => {
    const invited = await accounts.invited(req.params.token);
    if (!invited) return await showOver(req, res);
    const password = typeof req.body.password === 'string' ? req.body.password : '';
    const problem: PasswordProblem | 'different' | undefined =
      passwords.problem(password) ?? (password === req.body.again ? undefined : 'different');
    if (problem) return res.status(422).render('accounts/invitation', { ...formOf(invited), problem });

    const account = await accounts.acceptInvitation(req.params.token, password);
    if (!account) return await showOver(req, res);
    await audit('invitation accepted', { actor: account.id });
    // A link does in place of the password, and of nothing else.
    res.redirect(303, await o.entrance.admit(req, res, account, '/'));
  });

  return router;
}

function formOf({ name, email }: { name: string; email: string }) {
  return { name, email, minLength: MIN_LENGTH };
}
