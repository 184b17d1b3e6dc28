import type { Request, Response } from 'express';
import type { Audit } from '../audit/audit.ts';
import type { Account } from './accounts.ts';
import type { OwnAccount } from './own-account.ts';

/** Between password and code. */
const HALFWAY_MS = 10 * 60_000;

/** The one way in. */
export interface Entrance {
  /** Who knows the password, or holds a link, is let in, or asked for a code first. Gives where that goes on. */
  admit(req: Request, res: Response, account: Account, next: string): Promise<string>;
  /** Logs the account in. */
  enter(req: Request, res: Response, account: Account): Promise<void>;
}

export function createEntrance(o: { own: OwnAccount; audit: Audit; now: () => Date }): Entrance {
  /**
   * Passport makes a new session id, and the old session is dead. The session gets its CSRF token at once: were it
   * made by the first page, pages opened side by side would each make one, and the last would win.
   */
  async function enter(req: Request, res: Response, account: Account): Promise<void> {
    await promised((done) => req.logIn(account, done));
    req.session.provenAt = o.now().toISOString();
    req.session.device = { agent: (req.get('user-agent') ?? '').slice(0, 400), address: req.ip ?? '' };
    res.locals.csrfToken.toString();
    await saveSession(req);
    await o.audit('login', { actor: account.id, details: { address: req.ip ?? '' } });
    if (await o.own.reopen(account.id)) await o.audit('account reopened', { actor: account.id });
  }

  return {
    enter,
    async admit(req, res, account, next) {
      if (!account.hasSecondFactor) {
        await enter(req, res, account);
        return next;
      }
      await promised((done) => req.session.regenerate(done));
      const until = new Date(o.now().getTime() + HALFWAY_MS).toISOString();
      req.session.halfway = { account: account.id, until };
      res.locals.csrfToken.toString();
      await saveSession(req);
      return `/login/code?next=${encodeURIComponent(next)}`;
    },
  };
}

/** Before the answer: a browser follows a redirect as soon as it sees its headers. */
export const saveSession = (req: Request): Promise<void> => promised((done) => req.session.save(done));

const promised = (work: (done: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
