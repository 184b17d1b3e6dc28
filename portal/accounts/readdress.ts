import type { Couch } from '@photomaton/couch';
import { type AccountDoc, accountId, emailClaimId } from '@photomaton/design-docs/docs';
import { claimEmail, freeEmail } from './email-claims.ts';

/**
 * Puts another address in place of one that was mistyped, as long as the invitation that went there was not accepted;
 * from then on the address is the customer's own to change. The link that went to the one before is dead.
 */
export async function readdress(
  { couch }: { couch: Couch },
  id: string,
  email: string,
): Promise<'done' | 'taken' | 'accepted'> {
  if (!(await claimEmail(couch, email, id))) return 'taken';
  let before = email;
  let isOpen = false;
  const doc = await couch.update<AccountDoc>('accounts', accountId(id), (found) => {
    before = found?.email ?? email;
    isOpen = found !== undefined && found.passwordHash === undefined;
    if (!found || !isOpen) return undefined;
    const { invitation: _, ...rest } = found;
    return { ...rest, email };
  });
  // Of the two, the one that it has not is anybody's again.
  for (const one of [before, email])
    if (doc && emailClaimId(one) !== emailClaimId(doc.email)) await freeEmail(couch, one, id);
  return isOpen ? 'done' : 'accepted';
}
