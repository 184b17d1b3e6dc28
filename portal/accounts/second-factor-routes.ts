import express, { type Response, type Router } from 'express';
import { toString as drawQr } from 'qrcode';
import type { Audit } from '../audit/audit.ts';
import type { Post } from '../mail.ts';
import type { Secrets } from '../secrets.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { accountOf } from './account-routes.ts';
import type { Account } from './accounts.ts';
import type { Entrance } from './enter.ts';
import type { OwnAccount } from './own-account.ts';
import { requireAccount, requireFresh } from './require.ts';
import type { SecondFactor } from './second-factor.ts';

/** `/account/second-factor`: set up with a QR code or a typed key, changed, and (but for operators) turned off. */
export function secondFactorRoutes(o: {
  secondFactor: SecondFactor;
  own: OwnAccount;
  entrance: Entrance;
  secrets: Secrets;
  post: Post;
  audit: Audit;
}): Router {
  const { secondFactor, secrets, audit } = o;
  const router = express.Router();
  router.use('/account/second-factor', requireAccount, requireFresh);

  router.get('/account/second-factor', async (req, res) => {
    // Kept in the session until it is confirmed: loading the page again shows the same one.
    req.session.newFactor ??= secrets.encryptSecret(secondFactor.draw());
    await show(res, secrets.decryptSecret(req.session.newFactor), false);
  });

  router.post('/account/second-factor', async (req, res) => {
    const me = accountOf(res);
    if (req.body.off === 'yes') return await turnOff(res, me);
    if (!req.session.newFactor) return res.redirect(303, '/account/second-factor');
    const secret = secrets.decryptSecret(req.session.newFactor);
    const codes = await secondFactor.enable(me.id, secret, textOf(req.body, 'code'));
    if (!codes) return await show(res, secret, true);
    await audit('second factor set up', { actor: me.id });
    // Whoever was in without it is out.
    await o.own.endSessions(me.id);
    await o.entrance.enter(req, res, { ...me, hasSecondFactor: true });
    void o.post.send('second-factor-changed', me);
    res.set('Cache-Control', 'no-store').render('accounts/recovery-codes', { codes });
  });

  async function turnOff(res: Response, me: Account): Promise<void> {
    if (me.role === 'operator') notFound();
    await secondFactor.disable(me.id);
    await audit('second factor turned off', { actor: me.id });
    void o.post.send('second-factor-changed', me);
    res.redirect(303, '/account?done=no-factor');
  }

  async function show(res: Response, secret: string, isWrong: boolean): Promise<void> {
    const address = secondFactor.addressOf(secret, accountOf(res).email);
    const svg = await drawQr(address, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
    res.status(isWrong ? 422 : 200).set('Cache-Control', 'no-store');
    res.render('accounts/second-factor', {
      qr: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
      key: secret.match(/.{1,4}/g)?.join(' '),
      isWrong,
    });
  }

  return router;
}
