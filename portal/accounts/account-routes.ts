import express, { type Request, type Response, type Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { LANGUAGES } from '../i18n.ts';
import type { Post } from '../mail.ts';
import { networkOf } from '../sync/credentials.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import type { Account, Accounts } from './accounts.ts';
import { GRACE_DAYS } from './closing.ts';
import { type Entrance, saveSession } from './enter.ts';
import type { OwnAccount } from './own-account.ts';
import { MIN_LENGTH, type PasswordProblem, type Passwords } from './passwords.ts';
import { requireAccount, requireFresh } from './require.ts';
import { deviceOf, endSession, type SessionRow, sessionsOf } from './session-list.ts';
import { sessionIdOf } from './session-store.ts';
import { consume } from './throttle.ts';

export interface AccountParts {
  couch: Parameters<typeof sessionsOf>[0]['couch'];
  accounts: Accounts;
  own: OwnAccount;
  passwords: Passwords;
  entrance: Entrance;
  post: Post;
  audit: Audit;
  portalUrl: string;
  now: () => Date;
}

/** `/account`: what everybody may look at and change about her own account. */
export function accountRoutes(o: AccountParts): Router {
  const { accounts, own, passwords, post, audit } = o;
  const router = express.Router();
  /** Letters to an address that may be anybody's. */
  const letters = new RateLimiterMemory({ points: 5, duration: 3600 });
  router.use('/account', requireAccount);
  for (const page of ['/account/password', '/account/email', '/account/close'])
    router.use(page, requireFresh);

  router.get('/account', async (req, res) => {
    const me = accountOf(res);
    const here = sessionIdOf(req.session.id);
    const rows = await sessionsOf(o, me);
    res.render('accounts/account', {
      sessions: rows.map((row) => sessionCard(row, { here, req, res })),
      done: DONE.find((one) => one === req.query.done),
    });
  });

  router.post('/account/language', async (req, res) => {
    const language = LANGUAGES.find((one) => one === req.body.language);
    if (!language) notFound();
    await own.setLanguage(accountOf(res).id, language);
    // What was chosen in this browser before gives way.
    res.redirect(303, `/account?done=language&lang=${language}`);
  });

  router.get('/account/password', (_req, res) => showPassword(res, undefined));

  router.post('/account/password', async (req, res) => {
    const me = accountOf(res);
    const password = typeof req.body.password === 'string' ? req.body.password : '';
    const problem = passwords.problem(password) ?? (password === req.body.again ? undefined : 'different');
    if (problem) return showPassword(res, problem);
    await accounts.setPassword(me.id, password);
    await audit('password changed', { actor: me.id });
    await o.entrance.enter(req, res, me);
    void post.send('password-changed', me);
    res.redirect(303, '/account?done=password');
  });

  router.get('/account/email', (_req, res) => showEmail(res, { email: '', isWrong: false, isSent: false }));

  router.post('/account/email', async (req, res) => {
    const me = accountOf(res);
    if (!post.isOpen) return showEmail(res, { email: '', isWrong: false, isSent: false }); // which says so
    const email = textOf(req.body, 'email');
    if (!z.email().max(254).safeParse(email).success)
      return showEmail(res, { email, isWrong: true, isSent: false });
    await consume(letters, me.id);
    const token = await own.askForEmail(me.id, email);
    await audit('e-mail change asked for', { actor: me.id });
    // The same answer whether the address is somebody's or not; the link will say so, to its owner alone.
    void post.send('email-confirm', { ...me, email }, { link: `${o.portalUrl}/email/${token}` });
    showEmail(res, { email, isWrong: false, isSent: true });
  });

  /** From the letter: whoever reads the mail of the new address has it. */
  router.get('/email/:token', async (req, res) => {
    const asked = await own.emailAsked(req.params.token);
    if (!asked) return res.status(404).render('accounts/email-confirm', { state: 'over', email: '' });
    res.render('accounts/email-confirm', { state: 'open', email: asked.newEmail?.email });
  });

  router.post('/email/:token', async (req, res) => {
    const done = await own.confirmEmail(req.params.token);
    if (typeof done === 'string') {
      const status = done === 'over' ? 404 : 409;
      return res.status(status).render('accounts/email-confirm', { state: done, email: '' });
    }
    const account = await accounts.byId(done.account);
    if (!account) notFound();
    await audit('e-mail changed', { actor: account.id });
    void post.send('email-changed', { ...account, email: done.before }, { email: account.email });
    res.render('accounts/email-confirm', { state: 'done', email: account.email });
  });

  router.post('/account/sessions/:session', async (req, res) => {
    const me = accountOf(res);
    if (!(await endSession(o, me.id, req.params.session))) notFound();
    await audit('session ended', { actor: me.id });
    res.redirect(303, '/account?done=session');
  });

  router.post('/account/sessions', async (req, res) => {
    const me = accountOf(res);
    // Fresh or not stays as it was: to be logged in anew proves nothing here.
    const { provenAt } = req.session;
    await own.endSessions(me.id);
    await audit('other sessions ended', { actor: me.id });
    await o.entrance.enter(req, res, me);
    if (provenAt) req.session.provenAt = provenAt;
    else delete req.session.provenAt;
    await saveSession(req);
    res.redirect(303, '/account?done=sessions');
  });

  router.get('/account/close', (_req, res) => {
    if (accountOf(res).role !== 'customer') notFound();
    res.render('accounts/close', { graceDays: GRACE_DAYS, isUnsure: false });
  });

  router.post('/account/close', async (req, res) => {
    const me = accountOf(res);
    if (me.role !== 'customer') notFound();
    if (req.body.sure !== 'yes') {
      return res.status(422).render('accounts/close', { graceDays: GRACE_DAYS, isUnsure: true });
    }
    await own.close(me.id);
    await audit('account closed', { actor: me.id });
    void post.send('account-closed', me, { days: String(GRACE_DAYS) });
    res.locals.account = undefined;
    res.render('accounts/closed', { graceDays: GRACE_DAYS });
  });

  function showEmail(res: Response, page: { email: string; isWrong: boolean; isSent: boolean }): void {
    res.status(page.isWrong ? 422 : 200).render('accounts/account-email', { ...page, canSend: post.isOpen });
  }

  return router;
}

/** What the account page says was done, by the name in its address. */
const DONE = ['language', 'password', 'session', 'sessions', 'no-factor'] as const;

export function accountOf(res: Response): Account {
  if (!res.locals.account) throw new Error('a page of accounts without requireAccount');
  return res.locals.account;
}

function showPassword(res: Response, problem: PasswordProblem | 'different' | undefined): void {
  res.status(problem ? 422 : 200).render('accounts/account-password', { problem, minLength: MIN_LENGTH });
}

/** What the page says of a session. */
function sessionCard(row: SessionRow, { here, req, res }: { here: string; req: Request; res: Response }) {
  const seen = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    ...row,
    device: deviceOf(row.agent),
    seen: seen.format(new Date(row.seenAt)),
    isHere: here.endsWith(row.hash),
    isSameNetwork: networkOf(row.address) === networkOf(req.ip ?? ''),
  };
}
