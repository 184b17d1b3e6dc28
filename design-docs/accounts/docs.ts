/** Documents of `accounts`: operators and customers. */

/** `account:<id>` in `accounts`. */
export interface AccountDoc {
  _id: string;
  type: 'account';
  account: string;
  role: 'operator' | 'customer';
  name: string;
  /** As typed; the claim `email:<normalized>` makes it unique. */
  email: string;
  /** Argon2id in PHC form; absent while an invitation is open. */
  passwordHash?: string;
  /** Open invitation: SHA-256 of its token, in hex, and its end. Single use. */
  invitation?: { tokenHash: string; expiresAt: string };
  /** Turned on; its secret is encrypted under the portal's. */
  secondFactor?: SecondFactor;
  /** Waits for the link that was sent to it: SHA-256 of its token, in hex, and its end. */
  newEmail?: { email: string; tokenHash: string; expiresAt: string };
  language: 'fr' | 'en';
  disabled: boolean;
  /** Since when the customer wants it to be gone; logging in within the time of grace takes that back. */
  closing?: string;
  /** Sessions made before this moment are dead (password change, log out everywhere). ISO 8601. */
  sessionsValidFrom: string;
  createdAt: string;
}
export interface SecondFactor {
  secret: string;
  /** Step (of 30 s since 1970) of the last code that was used: none is good twice. */
  lastStep: number;
  /** SHA-256 of the recovery codes that are left, in hex. */
  recovery: string[];
}
export const accountId = (account: string): string => `account:${account}`;

/** `email:<normalized>` in `accounts`: the claim of an address by an account. */
export interface EmailClaimDoc {
  _id: string;
  type: 'email';
  account: string;
}
export const emailClaimId = (email: string): string => `email:${email.normalize('NFC').trim().toLowerCase()}`;
/** `invitations` view of `accounts`: key = token hash. `by_role`: key `[role, name, account]`. */
export const ACCOUNT_VIEWS = { ddoc: 'accounts', invitations: 'invitations', byRole: 'by_role' } as const;
