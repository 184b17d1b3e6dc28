import { createHash } from 'node:crypto';
import type { Stored } from '@photomaton/couch';
import {
  type AccountDoc,
  accountId,
  type BoothDoc,
  type BoothId,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDocId,
  serialOf,
} from '@photomaton/design-docs/docs';
import { createEvent } from '../events/create-event.ts';
import type { Erasing } from '../events/erase-event.ts';
import { settleBooth } from '../events/settle-booth.ts';

/**
 * Gives a booth to another customer: one write, after which it will be hers whatever happens. What follows from it is
 * {@link settleAssignment}'s.
 */
export async function assignBooth(o: Erasing, booth: BoothId, to: string): Promise<void> {
  const doc = await o.couch.update<BoothDoc>('fleet', boothDocId(booth), (found) =>
    !found || found.owner === to ? undefined : { ...found, assigning: to },
  );
  if (doc) await settleAssignment(o, doc);
}

/**
 * The new owner's everyday event, then the booth, which begins afresh: no name, setting, PIN or choice of events of the
 * owner before stays. To the events of then it goes on sending what it took for them, and nothing else. It may die at any
 * line and be done again, by any node, even by two at once: the event follows from booth and owners.
 */
export async function settleAssignment(o: Erasing, doc: BoothDoc): Promise<void> {
  const { booth, assigning: to, owner: from } = doc;
  if (to === undefined) return;
  const known = (await o.couch.getMany<EventDoc>('fleet', doc.events.map(eventDocId))).filter(
    (event): event is EventDoc & Stored => event !== undefined && !event.erasing,
  );
  const event = known.findLast(({ owner }) => owner === to) ?? (await everydayFor(o, doc, to));
  const finishing = known
    .filter(({ event: id, booths }) => id !== event.event && booths.includes(booth))
    .map(({ event: id }) => id);
  // Before it is done, so that it is not missing from the trail; after a cut it may be there twice.
  await o.audit('booth assigned', { actor: null, subject: booth, details: { from, to } });
  await o.couch.update<BoothDoc>('fleet', boothDocId(booth), (found) =>
    found?.assigning === to
      ? begunAfresh(found, { owner: to, event: event.event, finishing, pairedAt: o.now().toISOString() })
      : undefined,
  );
  await settleBooth(o, booth);
}

function begunAfresh(
  { settings, choices, assigning, rollout, ...kept }: BoothDoc,
  now: Pick<BoothDoc, 'owner' | 'event' | 'pairedAt'> & { finishing: EventId[] },
): BoothDoc {
  return {
    ...kept,
    ...now,
    name: `Photomaton ${serialOf(kept.booth)}`,
    events: [...kept.events.filter((id) => id !== now.event), now.event],
  };
}

async function everydayFor(o: Erasing, { booth, pairedAt }: BoothDoc, owner: string): Promise<EventDoc> {
  const account = await o.couch.get<AccountDoc>('accounts', accountId(owner));
  const text = `everyday of ${booth} for ${owner} after ${pairedAt}`;
  return await createEvent(o, {
    event: createHash('sha256').update(text).digest('hex').slice(0, 24),
    ...{ owner, title: `Photomaton ${serialOf(booth)}`, kind: 'everyday', createdAt: o.now().toISOString() },
    languages: account?.language === 'en' ? ['en', 'fr'] : ['fr', 'en'],
  });
}
