import type { Couch } from '@photomaton/couch';
import type { BoothDoc, EventDoc } from '@photomaton/design-docs/docs';
import { ownedBy } from '../accounts/closing.ts';

/** The events of an account that offer one of its own templates, and the booths that are there. */
export async function usedBy(
  { couch }: { couch: Couch },
  { owner, name }: { owner: string; name: string },
): Promise<{ events: EventDoc[]; booths: BoothDoc[] }> {
  const [events, booths] = await Promise.all([
    ownedBy<EventDoc>(couch, owner, 'event'),
    ownedBy<BoothDoc>(couch, owner, 'booth'),
  ]);
  const using = events.filter(({ templates, erasing }) => templates?.includes(name) && !erasing);
  return {
    events: using,
    booths: booths.filter((booth) => using.some(({ event }) => event === booth.event)),
  };
}
