import type { SyncProblem } from '@photomaton/design-docs/docs';
import type { Trouble } from './line.ts';

/** How a cycle ended. */
export type SyncOutcome =
  /** Everything that waited is in the cloud, verified. */
  | { kind: 'ok' }
  /** The portal has not said yet where photos go. */
  | { kind: 'no-event' }
  /** Photos wait for the hours in which the customer lets them travel. */
  | { kind: 'later' }
  /** A quiet state: nobody there, the line broke, or somebody else answers. */
  | { kind: 'offline'; problem: 'offline' | 'login-page' | 'certificate'; reason: string }
  | { kind: 'busy'; retryAfterMs: number }
  /** The server does not let this booth in; asking again soon would not change that. */
  | { kind: 'stopped'; reason: 'unauthorized' | 'forbidden' | 'no-such-database' }
  /** Documents were refused, or did not stay; they are kept and tried again, slowly. */
  | { kind: 'incomplete'; reason: string }
  | { kind: 'failed'; reason: string };

const BUSY_MS = 30_000;

/** What an error that ended a cycle means. What the line itself has seen goes before what PouchDB makes of it. */
export function outcomeOf(error: unknown, trouble: Trouble | undefined): SyncOutcome {
  switch (trouble?.kind) {
    case 'offline':
    case 'login-page':
    case 'certificate':
      return { kind: 'offline', problem: trouble.kind, reason: trouble.reason };
    case 'busy':
      return { kind: 'busy', retryAfterMs: trouble.retryAfterMs ?? BUSY_MS };
    case 'unauthorized':
      return { kind: 'stopped', reason: 'unauthorized' };
    case undefined:
      break;
  }
  return refusalOf(error) ?? { kind: 'failed', reason: messageOf(error) };
}

/** Is this the server's word that the booth has no way to this database? */
export function refusalOf(error: unknown): Extract<SyncOutcome, { kind: 'stopped' }> | undefined {
  switch ((error as { status?: number }).status) {
    case 401:
      return { kind: 'stopped', reason: 'unauthorized' };
    case 403:
      return { kind: 'stopped', reason: 'forbidden' };
    case 404:
      return { kind: 'stopped', reason: 'no-such-database' };
    default:
      return undefined;
  }
}

function messageOf(error: unknown): string {
  const { message, reason } = error as { message?: string; reason?: string };
  return reason ?? message ?? String(error);
}

/** What keeps photos from the cloud after it; undefined when nothing does but what was chosen, or is yet to come. */
export function problemOf(outcome: SyncOutcome): SyncProblem | undefined {
  switch (outcome.kind) {
    case 'ok':
    case 'no-event':
    case 'later':
      return undefined;
    case 'offline':
      return outcome.problem;
    case 'busy':
      return 'busy';
    case 'stopped':
      return (
        {
          unauthorized: 'key-refused',
          forbidden: 'event-refused',
          'no-such-database': 'event-missing',
        } as const
      )[outcome.reason];
    case 'incomplete':
      return 'photos-refused';
    case 'failed':
      return 'failed';
  }
}

export const isKeyRefused = (outcome: SyncOutcome): boolean =>
  outcome.kind === 'stopped' && outcome.reason === 'unauthorized';

/** The words of the part that failed, for whoever mends it. */
export const detailOf = (outcome: SyncOutcome): string | undefined =>
  outcome.kind === 'offline' || outcome.kind === 'incomplete' || outcome.kind === 'failed'
    ? outcome.reason
    : undefined;
