import type { Request, Response } from 'express';
import type { Account } from './accounts.ts';

/**
 * Logs an account in. Passport makes a new session id, and the old session is dead. The session gets its
 * CSRF token at once: were it made by the first page, pages opened side by side would each make one, and
 * the last would win.
 */
export async function enter(req: Request, res: Response, account: Account): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.logIn(account, (error: unknown) => (error ? reject(error) : resolve()));
  });
  res.locals.csrfToken.toString();
  // Before the answer: a browser follows a redirect as soon as it sees its headers.
  await new Promise<void>((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()));
  });
}
