import type { Trouble } from './line.ts';

/** How a cycle ended. */
export type SyncOutcome =
  /** Everything that waited is in the cloud, verified. */
  | { kind: 'ok' }
  /** The portal has not said yet where photos go. */
  | { kind: 'no-event' }
  /** A quiet state: nobody there, or the line broke. */
  | { kind: 'offline'; reason: string }
  | { kind: 'busy'; retryAfterMs: number }
  /** The server does not let this booth in; asking again soon would not change that. */
  | { kind: 'stopped'; reason: 'unauthorized' | 'forbidden' | 'no-such-database' }
  /** Documents were refused, or did not stay; they are kept and tried again. */
  | { kind: 'incomplete'; reason: string }
  | { kind: 'failed'; reason: string };

const BUSY_MS = 30_000;

/** What an error that ended a cycle means. What the line itself has seen goes before what PouchDB makes of it. */
export function outcomeOf(error: unknown, trouble: Trouble | undefined): SyncOutcome {
  switch (trouble?.kind) {
    case 'offline':
      return { kind: 'offline', reason: trouble.reason };
    case 'not-couchdb':
      return { kind: 'offline', reason: trouble.reason };
    case 'busy':
      return { kind: 'busy', retryAfterMs: trouble.retryAfterMs ?? BUSY_MS };
    case 'unauthorized':
      return { kind: 'stopped', reason: 'unauthorized' };
    case undefined:
      break;
  }
  const { status, message, reason } = error as { status?: number; message?: string; reason?: string };
  if (status === 401) return { kind: 'stopped', reason: 'unauthorized' };
  if (status === 403) return { kind: 'stopped', reason: 'forbidden' };
  if (status === 404) return { kind: 'stopped', reason: 'no-such-database' };
  return { kind: 'failed', reason: reason ?? message ?? String(error) };
}

/** In one plain sentence, for the status that the portal shows to operators. Undefined: nothing is wrong. */
export function plainReason(outcome: SyncOutcome): string | undefined {
  switch (outcome.kind) {
    case 'ok':
      return undefined;
    case 'no-event':
      return 'waiting for the portal to say where photos go';
    case 'offline':
      return `no connection to the server (${outcome.reason})`;
    case 'busy':
      return 'the server is busy';
    case 'stopped':
      return {
        unauthorized: 'the server does not know this booth or its key any more',
        forbidden: 'this booth may not add photos to its event',
        'no-such-database': 'its event or its database is not on the server, or not for this booth',
      }[outcome.reason];
    case 'incomplete':
    case 'failed':
      return outcome.reason;
  }
}
