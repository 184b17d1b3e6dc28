/** Documents of `sessions`: who is logged in. */

/** `session:<SHA-256 of the session id, hex>` in `sessions`; logging out leaves a tombstone (`data: null`). */
export interface SessionDoc {
  _id: string;
  type: 'session';
  account: string | null;
  /** The express-session data as JSON; null once ended, and then never written again. */
  data: string | null;
  createdAt: string;
  /** When it was last used, to within a minute. */
  seenAt?: string;
  expiresAt: string;
}
export const sessionDocId = (sidHash: string): string => `session:${sidHash}`;
/** `by_account` view of `sessions`: key = account. `by_expiry`: key = expiresAt. */
export const SESSION_VIEWS = { ddoc: 'sessions', byAccount: 'by_account', byExpiry: 'by_expiry' } as const;
