import type { BoothDoc, StatusDoc } from '@photomaton/design-docs/docs';

/** Is a booth on? `new`: it has not been heard of since it was paired. */
export type Presence = { kind: 'new' } | { kind: 'online' } | { kind: 'away'; seenAt: Date };

/**
 * A booth that is on says so every ten minutes (device/sync/booth-db.ts), at the next of its cycles of five: by then it
 * has been heard of, though one cycle failed.
 */
export const ONLINE_MS = 22 * 60_000;

/** What a booth's status says of its presence. One from before the pairing is the owner's before, and says nothing. */
export function presenceOf(
  { pairedAt, event, finishing }: BoothDoc,
  status: StatusDoc | undefined,
  now: Date,
): Presence {
  // Given to another owner, it has not heard of it yet.
  if (finishing && status?.event !== event) return { kind: 'new' };
  const seen = [status?.at, status?.lastSync?.at]
    .flatMap((at) => (at && at > pairedAt ? [at] : []))
    .sort()
    .at(-1);
  if (seen === undefined) return { kind: 'new' };
  const seenAt = new Date(seen);
  return now.getTime() - seenAt.getTime() < ONLINE_MS ? { kind: 'online' } : { kind: 'away', seenAt };
}
