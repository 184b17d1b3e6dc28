import { createHash, randomBytes } from 'node:crypto';
import { type Couch, CouchError } from '@photomaton/couch';
import {
  ACCOUNT_VIEWS,
  type AccountDoc,
  accountId,
  type EmailClaimDoc,
  emailClaimId,
} from '@photomaton/design-docs/docs';
import type { Language } from '../i18n.ts';
import type { Passwords } from './passwords.ts';

const INVITATION_MS = 7 * 24 * 3600 * 1000;
const RESET_MS = 3600 * 1000;

/** Who is logged in, as routes and views see it: nothing secret. */
export interface Account {
  id: string;
  role: AccountDoc['role'];
  name: string;
  email: string;
  language: Language;
  /** Does it take a code too to log in? */
  hasSecondFactor: boolean;
  /** Sessions from before are dead. ISO 8601. */
  sessionsValidFrom: string;
}

/** One line of the operator's list. `invited` until the person has set a password. */
export interface AccountRow extends Account {
  state: 'active' | 'invited' | 'disabled' | 'closing';
}

export interface NewAccount {
  role: AccountDoc['role'];
  name: string;
  email: string;
  language: Language;
  /** Absent: an invitation is made instead. */
  password?: string;
}

type Created = { kind: 'created'; account: Account; invitation?: string } | { kind: 'email-taken' };

/** Accounts in CouchDB. An address belongs to one account: `email:<address>` claims it. */
export interface Accounts {
  create(o: NewAccount): Promise<Created>;
  /** The account whose password this is; the same time is taken when there is none. */
  login(email: string, password: string): Promise<Account | undefined>;
  byEmail(email: string): Promise<Account | undefined>;
  byId(id: string): Promise<Account | undefined>;
  /** The account of a session begun at that moment, unless it was disabled or logged out everywhere since. */
  ofSession(id: string, sessionBegan: string): Promise<Account | undefined>;
  /** Sets a password and ends all sessions. */
  setPassword(id: string, password: string): Promise<void>;
  /** A new link for somebody who has no password yet; the one before is dead. Undefined for anybody else. */
  invite(id: string): Promise<{ account: Account; token: string } | undefined>;
  /** A link to a new password for this account, whether it has one or not: once, within an hour. */
  reset(id: string): Promise<{ account: Account; token: string } | undefined>;
  /** Who an open invitation (or reset) is for. */
  invited(token: string): Promise<Account | undefined>;
  /** Uses the link: once, in its time. */
  acceptInvitation(token: string, password: string): Promise<Account | undefined>;
  /** A suspended account is nobody's: its sessions and sockets end everywhere, and no login is taken. */
  setSuspended(id: string, isSuspended: boolean): Promise<void>;
  /** A customer as the operator's list has her. */
  customer(id: string): Promise<AccountRow | undefined>;
}

/** `known` is what reads the account of a session: CouchDB, or what this node knows of it. */
export function openAccounts(o: {
  couch: Couch;
  known?: Pick<Couch, 'get'>;
  passwords: Passwords;
  now: () => Date;
}): Accounts {
  const { couch, known = couch, passwords, now } = o;

  const docOf = (id: string) => couch.get<AccountDoc>('accounts', accountId(id));

  async function docOfEmail(email: string): Promise<AccountDoc | undefined> {
    // Longer than an address can be, and than CouchDB takes as an id.
    if (email.length > 320) return undefined;
    const claim = await couch.get<EmailClaimDoc>('accounts', emailClaimId(email));
    // Asked for in any case, so that a login takes the same time whether the address is known.
    const doc = await docOf(claim?.account ?? 'nobody');
    // A claim that an account has left behind is nobody's.
    return doc && emailClaimId(doc.email) === emailClaimId(email) ? doc : undefined;
  }

  async function docOfInvitation(token: string): Promise<AccountDoc | undefined> {
    const { rows } = await couch.view<AccountDoc>('accounts', ACCOUNT_VIEWS.ddoc, ACCOUNT_VIEWS.invitations, {
      key: hashOfToken(token),
      limit: 1,
      includeDocs: true,
    });
    const doc = rows[0]?.doc;
    return doc && isOpen(doc, token) ? doc : undefined;
  }

  function isOpen(doc: AccountDoc, token: string): boolean {
    const { invitation } = doc;
    return (
      !doc.disabled &&
      invitation?.tokenHash === hashOfToken(token) &&
      invitation.expiresAt > now().toISOString()
    );
  }

  function newInvitation(goodForMs = INVITATION_MS): {
    token: string;
    invitation: NonNullable<AccountDoc['invitation']>;
  } {
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(now().getTime() + goodForMs).toISOString();
    return { token, invitation: { tokenHash: hashOfToken(token), expiresAt } };
  }

  /** Whose account an address is or will be. */
  async function claim(email: string): Promise<string> {
    const _id = emailClaimId(email);
    const found = await couch.get<EmailClaimDoc>('accounts', _id);
    if (found) return found.account;
    await putNew<EmailClaimDoc>({ _id, type: 'email', account: randomBytes(12).toString('hex') });
    return await claim(email);
  }

  /** The revision of the new document, or undefined when there is one already. */
  async function putNew<T extends { _id: string }>(doc: T): Promise<string | undefined> {
    try {
      return (await couch.put('accounts', doc)).rev;
    } catch (error) {
      if (error instanceof CouchError && error.code === 'CONFLICT') return undefined;
      throw error;
    }
  }

  async function openLink(id: string, goodForMs: number, allowed: (doc: AccountDoc) => boolean) {
    const { token, invitation } = newInvitation(goodForMs);
    const doc = await couch.update<AccountDoc>('accounts', accountId(id), (found) =>
      found && !found.disabled && allowed(found) ? { ...found, invitation } : undefined,
    );
    return doc && isOpen(doc, token) ? { account: toAccount(doc), token } : undefined;
  }

  /** Changes an account, ends its sessions, and gives it as it then stands. */
  async function withPassword(id: string, hash: string, allowed: (doc: AccountDoc) => boolean) {
    let done = false;
    const doc = await couch.update<AccountDoc>('accounts', accountId(id), (found) => {
      done = found !== undefined && allowed(found);
      if (!found || !done) return undefined;
      const { invitation: _, ...rest } = found;
      return { ...rest, passwordHash: hash, sessionsValidFrom: now().toISOString() };
    });
    return done && doc ? toAccount(doc) : undefined;
  }

  return {
    async create({ role, name, email, language, password }) {
      // The claim comes first and never changes. One whose account does not exist was left by a crash right
      // here, and its id is used again: whoever writes that account first has the address.
      const id = await claim(email);
      const invited = password === undefined ? newInvitation() : undefined;
      const createdAt = now().toISOString();
      const doc: AccountDoc = {
        _id: accountId(id),
        type: 'account',
        account: id,
        role,
        name,
        email,
        ...(password === undefined ? {} : { passwordHash: await passwords.hash(password) }),
        ...(invited ? { invitation: invited.invitation } : {}),
        language,
        disabled: false,
        sessionsValidFrom: createdAt,
        createdAt,
      };
      const rev = await putNew(doc);
      // Two nodes of a cluster may both have been told yes: reading it back decides.
      if (rev === undefined || (await docOf(id))?._rev !== rev) return { kind: 'email-taken' };
      return { kind: 'created', account: toAccount(doc), ...(invited ? { invitation: invited.token } : {}) };
    },

    async login(email, password) {
      const doc = await docOfEmail(email);
      const { ok, rehash } = await passwords.verify(doc?.disabled ? undefined : doc?.passwordHash, password);
      if (!doc || !ok) return undefined;
      if (rehash) {
        await couch.update<AccountDoc>('accounts', doc._id, (found) =>
          // Only while it is still the password that was just checked.
          found && found.passwordHash === doc.passwordHash ? { ...found, passwordHash: rehash } : undefined,
        );
      }
      return toAccount(doc);
    },

    async byEmail(email) {
      const doc = await docOfEmail(email);
      return doc && toAccount(doc);
    },

    async byId(id) {
      const doc = await docOf(id);
      return doc && toAccount(doc);
    },

    async ofSession(id, sessionBegan) {
      const doc = await known.get<AccountDoc>('accounts', accountId(id));
      return doc && !doc.disabled && sessionBegan >= doc.sessionsValidFrom ? toAccount(doc) : undefined;
    },

    async setPassword(id, password) {
      const account = await withPassword(id, await passwords.hash(password), () => true);
      if (!account) throw new CouchError('NOT_FOUND', `no account ${id}`);
    },

    invite: (id) => openLink(id, INVITATION_MS, (doc) => !doc.passwordHash),
    reset: (id) => openLink(id, RESET_MS, () => true),

    async invited(token) {
      const doc = await docOfInvitation(token);
      return doc && toAccount(doc);
    },

    async acceptInvitation(token, password) {
      const doc = await docOfInvitation(token);
      if (!doc) return undefined;
      const hash = await passwords.hash(password);
      return await withPassword(doc.account, hash, (found) => isOpen(found, token));
    },

    async setSuspended(id, isSuspended) {
      await couch.update<AccountDoc>('accounts', accountId(id), (doc) =>
        doc && doc.disabled !== isSuspended
          ? { ...doc, disabled: isSuspended, sessionsValidFrom: now().toISOString() }
          : undefined,
      );
    },

    async customer(id) {
      const doc = await docOf(id);
      return doc?.role === 'customer' ? accountRow(doc) : undefined;
    },
  };
}

function toAccount(doc: AccountDoc): Account {
  const { account: id, role, name, email, language, sessionsValidFrom } = doc;
  return {
    id,
    role,
    name,
    email,
    language,
    hasSecondFactor: doc.secondFactor !== undefined,
    sessionsValidFrom,
  };
}

export const accountRow = (doc: AccountDoc): AccountRow => ({ ...toAccount(doc), state: stateOf(doc) });

function stateOf(doc: AccountDoc): AccountRow['state'] {
  if (doc.disabled) return 'disabled';
  if (doc.closing) return 'closing';
  return doc.passwordHash ? 'active' : 'invited';
}

function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
