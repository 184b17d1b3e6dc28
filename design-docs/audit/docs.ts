/** Documents of `audit`: what was done, by whom. */

/** `audit:<UTC time>:<random>` in `audit`: append-only. */
export interface AuditDoc {
  _id: string;
  type: 'audit';
  at: string;
  /** A fixed phrase: `login`, `login refused`, `booth paired`, … */
  action: string;
  /** Account id, booth user, or null for nobody. */
  actor: string | null;
  /** What it was done to, if anything. */
  subject?: string;
  details?: Record<string, string | number | boolean>;
}
