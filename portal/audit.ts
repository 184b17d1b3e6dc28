import { randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { type AuditDoc, idTime } from '@photomaton/design-docs/docs';

/** Writes the append-only trail. An entry that cannot be written fails the request it belongs to. */
export type Audit = (
  action: string,
  entry: { actor: string | null; subject?: string; details?: AuditDoc['details'] },
) => Promise<void>;

export function openAudit(o: { couch: Couch; now: () => Date }): Audit {
  return async (action, { actor, subject, details }) => {
    const now = o.now();
    await o.couch.put<AuditDoc>('audit', {
      _id: `audit:${idTime(now)}:${randomBytes(6).toString('hex')}`,
      type: 'audit',
      at: now.toISOString(),
      action,
      actor,
      ...(subject === undefined ? {} : { subject }),
      ...(details === undefined ? {} : { details }),
    });
  };
}
