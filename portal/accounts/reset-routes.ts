import express, { type Router } from 'express';
import type { Logger } from 'pino';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Audit } from '../audit/audit.ts';
import type { Post } from '../mail.ts';
import { networkOf } from '../sync/credentials.ts';
import { textOf } from '../web/form-body.ts';
import type { Accounts } from './accounts.ts';
import { consume } from './throttle.ts';

/** `/password`: somebody who forgot hers asks for a link by e-mail. Where that leads is invitation-routes.ts. */
export function resetRoutes(o: {
  accounts: Accounts;
  post: Post;
  audit: Audit;
  portalUrl: string;
  log: Logger;
}): Router {
  const router = express.Router();
  const byAddress = new RateLimiterMemory({ points: 20, duration: 3600 });
  const byAccount = new RateLimiterMemory({ points: 3, duration: 3600 });

  router.get('/password', (_req, res) => res.render('accounts/forgotten', { sentTo: undefined }));

  router.post('/password', async (req, res) => {
    await consume(byAddress, networkOf(req.ip ?? ''));
    const email = textOf(req.body, 'email').slice(0, 254);
    // The answer does not wait for anything that depends on whether there is such an account.
    if (o.post.isOpen) sendLink(email).catch((err: unknown) => o.log.error({ err }, 'reset not sent'));
    res.render('accounts/forgotten', { sentTo: email });
  });

  async function sendLink(email: string): Promise<void> {
    const found = await o.accounts.byEmail(email);
    if (!found || !(await isFirst(found.id))) return;
    const link = await o.accounts.reset(found.id);
    if (!link) return;
    await o.audit('reset asked for', { actor: null, subject: found.id });
    await o.post.send('reset', link.account, { link: `${o.portalUrl}/invitation/${link.token}` });
  }

  /** Nobody's letter box is filled. */
  async function isFirst(id: string): Promise<boolean> {
    try {
      await byAccount.consume(id);
      return true;
    } catch (error) {
      if (error instanceof RateLimiterRes) return false;
      throw error;
    }
  }

  return router;
}
