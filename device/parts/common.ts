import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Identity, OpenIdentity } from '../pairing/identity.ts';

/** What all parts of the booth are built of. */
export interface Common {
  config: Readonly<Config>;
  identity: OpenIdentity;
  /** The booth as it was at this start: paired or unbound, it starts again. */
  me: Identity;
  clock: Clock;
  /** Of this program. */
  version: string;
  log: Logger;
  /** Parts are closed in reverse order, also those of a start that failed. */
  closeLater(close: () => unknown): void;
}
