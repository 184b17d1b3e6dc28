import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Couch } from '@photomaton/couch';
import { type AuditDoc, idTime } from '@photomaton/design-docs/docs';

/** A fixed phrase, of which the catalogues have the words: what is not there cannot be written. */
export type AuditAction = keyof typeof import('../i18n/en/audit.json')['actions'];

/** Writes the append-only trail. An entry that cannot be written fails the request it belongs to. */
export type Audit = (
  action: AuditAction,
  entry: { actor: string | null; subject?: string; details?: AuditDoc['details'] },
) => Promise<void>;

const operators = new AsyncLocalStorage<string>();
/** Whatever is written to the trail within `work` says that this operator did it. */
export const actingBy = (operator: string, work: () => void): void => operators.run(operator, work);

export function openAudit(o: { couch: Couch; now: () => Date }): Audit {
  return async (action, { actor, subject, details }) => {
    const now = o.now();
    const by = operators.getStore();
    const more = by === undefined ? details : { ...details, operator: by };
    await o.couch.put<AuditDoc>('audit', {
      _id: `audit:${idTime(now)}:${randomBytes(6).toString('hex')}`,
      type: 'audit',
      at: now.toISOString(),
      action,
      actor,
      ...(subject === undefined ? {} : { subject }),
      ...(more === undefined ? {} : { details: more }),
    });
  };
}
