import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDocId,
  type EventDoc,
  eventDocId,
  isBoothId,
  isEventId,
} from '@photomaton/design-docs/docs';
import type { Account } from '../accounts/accounts.ts';
import { notFound } from '../web/http-errors.ts';

/**
 * Who may see what: the one place that says so. Every page, every byte and every socket room of an event or
 * a booth passes here. What is not yours and what does not exist are the same 404.
 */
export interface Access {
  /** The event, if this account owns it. Throws the 404. */
  eventFor(account: Account | undefined, event: unknown): Promise<EventDoc & Stored>;
  /** The booth, if this account owns it. Throws the 404. */
  boothFor(account: Account | undefined, booth: unknown): Promise<BoothDoc & Stored>;
}

export function createAccess({ couch }: { couch: Pick<Couch, 'get'> }): Access {
  return {
    async eventFor(account, event) {
      const doc = isEventId(event) ? await couch.get<EventDoc>('fleet', eventDocId(event)) : undefined;
      return doc && !doc.erasing && isOwner(account, doc) ? doc : notFound();
    },
    async boothFor(account, booth) {
      const doc = isBoothId(booth) ? await couch.get<BoothDoc>('fleet', boothDocId(booth)) : undefined;
      return doc && isOwner(account, doc) ? doc : notFound();
    },
  };
}

/** Photos are the customer's alone: an operator has no way to them but as her (accounts/acting.ts). */
function isOwner(account: Account | undefined, { owner }: { owner: string }): boolean {
  return account?.role === 'customer' && account.id === owner;
}
