import type { Couch } from '@photomaton/couch';
import { type EventDoc, type EventId, eventDocId, GUESTS_MAY } from '@photomaton/design-docs/docs';

/** What the customer lets guests do with the photo of their own link at an event. */
export async function rightsAt({ couch }: { couch: Couch }, event: EventId) {
  return rightsOf(await couch.get<EventDoc>('fleet', eventDocId(event)));
}

export const rightsOf = (event: EventDoc | undefined) => ({ ...GUESTS_MAY, ...event?.guests });
