import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  type EventDoc,
  type EventId,
  eventDocId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';

/**
 * Which events may be chosen on a booth itself: an explicit grant of the owner, none by default. Whoever steals the booth
 * has a key that opens them too.
 */

/** The booth with these choices. Its links are looked for there too, since photos may come before the booth is moved. */
export function withChoices({ choices: _, ...booth }: BoothDoc, choices: EventId[]): BoothDoc {
  // In front: `events` says newest last, and they are not where it was last.
  const events = [...choices.filter((id) => !booth.events.includes(id)), ...booth.events];
  return { ...booth, events, ...(choices.length > 0 && { choices }) };
}

/** Those that are there to be chosen now: of the booth's owner, not being erased, and not where it is. */
export async function choicesOf(
  { couch }: { couch: Couch },
  { choices = [], event, owner }: BoothDoc,
): Promise<EventDoc[]> {
  const docs = await couch.getMany<EventDoc>('fleet', choices.filter((id) => id !== event).map(eventDocId));
  return docs.filter((doc): doc is EventDoc & Stored => doc?.owner === owner && !doc.erasing);
}

/** The event that was chosen on the booth, if its owner allows it there and the booth is elsewhere. */
export function choiceOf(
  { event, choices = [] }: BoothDoc,
  status: StatusDoc | undefined,
): EventId | undefined {
  const chosen = status?.choseEvent;
  return chosen !== undefined && chosen !== event && choices.includes(chosen) ? chosen : undefined;
}
