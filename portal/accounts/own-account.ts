import { createHash, randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { type AccountDoc, accountId, emailClaimId } from '@photomaton/design-docs/docs';
import type { Language } from '../i18n.ts';
import { claimEmail, freeEmail } from './email-claims.ts';

const EMAIL_LINK_MS = 3600_000;

/** What a person changes about her own account. */
export interface OwnAccount {
  setLanguage(id: string, language: Language): Promise<void>;
  /** Ends every session and socket of the account, on every node. */
  endSessions(id: string): Promise<void>;
  /** Remembers an address that is to be confirmed; gives the token of the link. The one before is dead. */
  askForEmail(id: string, email: string): Promise<string>;
  /** Whose address an open link changes, and to what. */
  emailAsked(token: string): Promise<AccountDoc | undefined>;
  /** Uses the link: the account has the new address from now on. `taken`: somebody else has it meanwhile. */
  confirmEmail(token: string): Promise<{ account: string; before: string } | 'over' | 'taken'>;
  /** The account is to be erased after its time of grace; nobody is logged in any more. */
  close(id: string): Promise<void>;
  /** Takes {@link OwnAccount.close} back. Was there something to take back? */
  reopen(id: string): Promise<boolean>;
}

export function openOwnAccount({ couch, now }: { couch: Couch; now: () => Date }): OwnAccount {
  const change = (id: string, to: (doc: AccountDoc) => AccountDoc | undefined) =>
    couch.update<AccountDoc>('accounts', accountId(id), (doc) => doc && to(doc));

  async function emailAsked(token: string): Promise<AccountDoc | undefined> {
    const [, id] = /^([\w-]{1,64})\.[\w-]{43}$/.exec(token) ?? [];
    const doc = id && (await couch.get<AccountDoc>('accounts', accountId(id)));
    const isOpen =
      doc &&
      !doc.disabled &&
      doc.newEmail?.tokenHash === hashOf(token) &&
      doc.newEmail.expiresAt > now().toISOString();
    return isOpen ? doc : undefined;
  }

  return {
    emailAsked,

    async setLanguage(id, language) {
      await change(id, (doc) => ({ ...doc, language }));
    },

    async endSessions(id) {
      await change(id, (doc) => ({ ...doc, sessionsValidFrom: now().toISOString() }));
    },

    async askForEmail(id, email) {
      // With the account's id in it, so that nobody has to look for whose it is.
      const token = `${id}.${randomBytes(32).toString('base64url')}`;
      const expiresAt = new Date(now().getTime() + EMAIL_LINK_MS).toISOString();
      await change(id, (doc) => ({ ...doc, newEmail: { email, tokenHash: hashOf(token), expiresAt } }));
      return token;
    },

    async confirmEmail(token) {
      const asked = await emailAsked(token);
      if (!asked?.newEmail) return 'over';
      const { account, email: before, newEmail } = asked;
      if (!(await claimEmail(couch, newEmail.email, account))) return 'taken';
      let isDone = false;
      await change(account, ({ newEmail: found, ...doc }) => {
        isDone = found?.tokenHash === newEmail.tokenHash;
        return isDone ? { ...doc, email: newEmail.email } : undefined;
      });
      if (!isDone) return 'over';
      if (emailClaimId(before) !== emailClaimId(newEmail.email)) await freeEmail(couch, before, account);
      return { account, before };
    },

    async close(id) {
      const at = now().toISOString();
      await change(id, (doc) => ({ ...doc, closing: doc.closing ?? at, sessionsValidFrom: at }));
    },

    async reopen(id) {
      let wasClosing = false;
      await change(id, ({ closing, ...doc }) => {
        wasClosing = closing !== undefined;
        return wasClosing ? doc : undefined;
      });
      return wasClosing;
    },
  };
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
