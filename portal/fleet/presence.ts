import { type BoothDoc, STATUS_AGAIN_MS, type StatusDoc } from '@photomaton/design-docs/docs';

/** Is a booth on? `new`: it has not been heard of since it was paired. */
export type Presence = { kind: 'new' } | { kind: 'online' } | { kind: 'away'; seenAt: Date };

/** Two cycles of five minutes with their jitter after it was to say so again, as one may fail: it is off. */
export const ONLINE_MS = STATUS_AGAIN_MS + 12 * 60_000;

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
