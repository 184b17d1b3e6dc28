import { type BoothId, type EventDoc, eventDocId } from '@photomaton/design-docs/docs';
import { moveBooth, type Settling, settleBooth } from './settle-booth.ts';

type NewEvent = Omit<EventDoc, '_id' | 'type' | 'booths'>;

/**
 * Makes an event; one that is there stays as it is. Its database comes first: an event that is seen has one. Booths
 * that are to join stand in the document, so that whoever completes a half-done event knows them.
 */
export async function createEvent(o: Settling, event: NewEvent): Promise<EventDoc> {
  const _id = eventDocId(event.event);
  await o.provisioner.createEventDatabase(event.event);
  const made = await o.couch.update<EventDoc>('fleet', _id, (found) =>
    found ? undefined : { _id, type: 'event', booths: [], ...event },
  );
  if (!made) throw new Error(`event ${event.event} was not made`);
  await bringJoining(o, made);
  return made;
}

/** Booths that were to join an event join it. */
export async function bringJoining(o: Settling, event: EventDoc): Promise<void> {
  const { joining = [] } = event;
  for (const booth of joining) await bringBooth(o, booth, event);
  if (joining.length === 0) return;
  await o.couch.update<EventDoc>('fleet', eventDocId(event.event), (found) => {
    if (!found?.joining) return undefined;
    const { joining: _, ...rest } = found;
    return rest;
  });
}

export async function bringBooth(o: Settling, booth: BoothId, event: EventDoc): Promise<void> {
  await moveBooth(o, booth, event);
  await settleBooth(o, booth);
}
