import type { Response } from 'express';
import type { Account } from './accounts.ts';

/** Who asks, behind `requireCustomer`. */
export function customerOf(res: Response): Account {
  const { account } = res.locals;
  if (account?.role !== 'customer') throw new Error('a page of customers without requireCustomer');
  return account;
}
