import type { Request } from 'express';
import passport from 'passport';
import { Strategy as LocalStrategy } from 'passport-local';
import type { Account, Accounts } from './accounts.ts';

/** The name of the strategy that takes e-mail and password. */
export const LOGIN = 'local';

export type LoginPassport = ReturnType<typeof createPassport>;

/** Passport over our accounts. A session holds the account's id; the account is read with every request. */
export function createPassport(o: { accounts: Accounts }) {
  const authenticator = new passport.Passport();

  authenticator.use(
    LOGIN,
    new LocalStrategy({ usernameField: 'email', passwordField: 'password' }, (email, password, done) => {
      o.accounts.login(email, password).then((account) => done(null, account ?? false), done);
    }),
  );
  authenticator.serializeUser((account, done) => done(null, (account as Account).id));
  authenticator.deserializeUser(
    (req: Request, id: unknown, done: (error: unknown, user?: Account | false) => void) => {
      // A disabled account, or one that logged out everywhere since, is nobody.
      const began = req.session.createdAt ?? '';
      o.accounts.ofSession(String(id), began).then((account) => done(null, account ?? false), done);
    },
  );
  return authenticator;
}
