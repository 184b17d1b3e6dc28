import { type Couch, CouchError } from '@photomaton/couch';
import { type EmailClaimDoc, emailClaimId } from '@photomaton/design-docs/docs';

/**
 * Claims the address for the account, unless it is somebody's. The claim comes first, then the account: an address that
 * an account has is claimed. A claim that a crash left behind lets nobody in (accounts.ts), and the sweep removes it.
 */
export async function claimEmail(couch: Couch, email: string, account: string): Promise<boolean> {
  const _id = emailClaimId(email);
  try {
    await couch.put<EmailClaimDoc>('accounts', { _id, type: 'email', account });
  } catch (error) {
    if (!(error instanceof CouchError) || error.code !== 'CONFLICT') throw error;
  }
  return (await couch.get<EmailClaimDoc>('accounts', _id))?.account === account;
}

/** The account has the address no more: it is anybody's again. */
export async function freeEmail(couch: Couch, email: string, account: string): Promise<void> {
  const claim = await couch.get<EmailClaimDoc>('accounts', emailClaimId(email));
  if (claim?.account === account) await couch.remove('accounts', claim._id, claim._rev);
}
