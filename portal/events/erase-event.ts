import { createHash } from 'node:crypto';
import type { Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  type BoothId,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
} from '@photomaton/design-docs/docs';
import type { Audit } from '../audit/audit.ts';
import { finishMoves } from '../gallery/moves.ts';
import { bringBooth, createEvent } from './create-event.ts';
import { withChoices } from './event-choices.ts';
import { erasedAt } from './retention.ts';
import { type Settling, settleBooth } from './settle-booth.ts';

export interface Erasing extends Settling {
  audit: Audit;
  now(): Date;
}

/**
 * Erases an event when its time has come, in steps that may be repeated. Its booths go first, each to its everyday
 * event, and it can be chosen on none any more. Only when every one has said that it knows and holds nothing more of this
 * one, the photos are dropped: else a booth that was off would come back with photos that have no place to go to.
 */
export async function eraseIfDue(o: Erasing, event: EventDoc): Promise<void> {
  const at = o.now();
  if (!event.erasing && !isDue(event, at)) return;
  for (const booth of await o.couch.getMany<BoothDoc>('fleet', event.booths.map(boothDocId))) {
    if (booth?.owner !== event.owner) continue;
    if (booth.choices?.includes(event.event)) await takeChoice(o, booth.booth, event.event);
    if (booth.event === event.event) await bringBooth(o, booth.booth, await everydayOf(o, booth));
  }
  // From here on nobody sees it any more. Whoever gave it more time meanwhile has it.
  const begun = await o.couch.update<EventDoc>('fleet', eventDocId(event.event), (found) =>
    found && !found.erasing && isDue(found, at) && found.booths.length === 0
      ? { ...found, erasing: at.toISOString() }
      : undefined,
  );
  if (begun?.erasing) await dropEvent(o, begun);
}

async function takeChoice(o: Erasing, booth: BoothId, event: EventId): Promise<void> {
  await o.couch.update<BoothDoc>('fleet', boothDocId(booth), (found) =>
    found?.choices?.includes(event)
      ? withChoices(
          found,
          found.choices.filter((id) => id !== event),
        )
      : undefined,
  );
  await settleBooth(o, booth);
}

/** The photos of an event that nobody sees any more, and then the event. Those that are leaving it leave it first. */
export async function dropEvent(o: Erasing, { _id, _rev, event, title }: EventDoc & Stored): Promise<void> {
  if (await o.couch.info(eventDatabase(event))) await finishMoves(o, event);
  await o.provisioner.dropEventDatabase(event);
  // Before the last step, so that it is not missing from the trail; after a cut it may be there twice.
  await o.audit('event erased', { actor: null, subject: event, details: { title } });
  await o.couch.remove('fleet', _id, _rev);
}

function isDue(event: EventDoc, at: Date): boolean {
  const end = erasedAt(event);
  return end !== undefined && end <= at;
}

/** Where a booth goes whose event ends: back to its everyday event, or to a new one. */
async function everydayOf(o: Erasing, { booth, owner, name, event, events }: BoothDoc): Promise<EventDoc> {
  const known = await o.couch.getMany<EventDoc>('fleet', events.map(eventDocId));
  const found = known.findLast(
    (other) => other?.kind === 'everyday' && other.owner === owner && !other.erasing && other.event !== event,
  );
  // Follows from booth and event, so that doing this again makes no second one.
  const id = createHash('sha256').update(`everyday of ${booth} after ${event}`).digest('hex').slice(0, 24);
  const createdAt = o.now().toISOString();
  return found ?? (await createEvent(o, { event: id, owner, title: name, kind: 'everyday', createdAt }));
}
