import type { Couch } from '@photomaton/couch';
import {
  type BoothDoc,
  BY_GUEST,
  boothDocId,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  keyText,
  type MarkDoc,
  MOST_UNWANTED,
  markId,
  type PhotoKey,
} from '@photomaton/design-docs/docs';
import type { ShareKey } from '@photomaton/design-docs/share';
import type { Audit } from '../audit/audit.ts';
import { changed, markPhotos } from '../gallery/marks.ts';
import type { Arrivals } from '../sync/proxy.ts';
import { rightsAt, rightsOf } from './rights.ts';

/**
 * A guest deletes a photo that is still on its booth. Neither its time, which is in all its ids, nor its event is known:
 * it is its number that stands among the `unwanted` of `booth:<id>`. With that one write its link is gone.
 *
 *     unwanted ── its small pictures are about to come ──▶ hidden ── they are there ──▶ in the bin, unwanted no more
 *         └────── they are there, at an event where guests may not delete ──▶ shown, unwanted no more
 *
 * What follows the first write may die at any line and be done again, by any node, even by two at once; what was missed
 * is found by the leader (follow-unwanted.ts).
 */
export interface Unwanted {
  couch: Couch;
  audit: Audit;
  now(): Date;
}

/** Takes down that nobody wants the photo. False: the booth waits for too many of them. */
export async function addUnwanted({ couch }: { couch: Couch }, { booth, n }: ShareKey): Promise<boolean> {
  const doc = await couch.update<BoothDoc>('fleet', boothDocId(booth), (found) => {
    const unwanted = found?.unwanted ?? [];
    const isDone = !found || unwanted.includes(n) || unwanted.length >= MOST_UNWANTED;
    return isDone ? undefined : { ...found, unwanted: [...unwanted, n] };
  });
  return doc?.unwanted?.includes(n) === true;
}

/** For the way on which booths send: whoever looks at a gallery never sees what is unwanted. */
export const unwantedArrivals = (o: Unwanted): Arrivals => ({
  before: (event, key) => hideUnwanted(o, event, key),
  after: (event, key) => settleUnwanted(o, event, key),
});

/** Before it is there. Not in the bin yet, where its days would count before anybody can bring it back. */
async function hideUnwanted({ couch, now }: Unwanted, event: EventId, key: PhotoKey): Promise<void> {
  if (!(await isUnwanted({ couch }, key))) return;
  const doc = await couch.get<EventDoc>('fleet', eventDocId(event));
  // Whether a booth may add to an event CouchDB says, after this.
  if (!doc?.booths.includes(key.booth) || !rightsOf(doc).delete) return;
  const deed = { act: 'hide', by: BY_GUEST, now: now() } as const;
  await couch.update<MarkDoc>(eventDatabase(event), markId(key), (found) =>
    changed(found ?? { _id: markId(key), type: 'mark' }, deed),
  );
}

/** When its small pictures are there: into the bin, if guests may delete at the event where it came to. */
export async function settleUnwanted(o: Unwanted, event: EventId, key: PhotoKey): Promise<void> {
  const { couch, audit, now } = o;
  if (!(await isUnwanted(o, key))) return;
  if ((await rightsAt(o, event)).delete) {
    // Before it is done, so that it is not missing from the trail; after a cut it may be there twice.
    await audit('photos deleted', { actor: null, subject: event, details: { photos: 1, guest: true } });
    const deed = { by: BY_GUEST, now: now() };
    const count = await markPhotos({ couch }, event, [keyText(key)], { act: 'delete', ...deed });
    if (count === 0) return; // it just left for another event, where whoever looks next finds it
    // Brought back from the bin, it is to be seen.
    await markPhotos({ couch }, event, [keyText(key)], { act: 'show', ...deed });
  }
  await forgetUnwanted(o, key);
}

/** Nothing more is to be done about it. */
export async function forgetUnwanted({ couch }: Pick<Unwanted, 'couch'>, key: ShareKey): Promise<void> {
  await couch.update<BoothDoc>('fleet', boothDocId(key.booth), (found) =>
    found?.unwanted?.includes(key.n)
      ? { ...found, unwanted: found.unwanted.filter((n) => n !== key.n) }
      : undefined,
  );
}

async function isUnwanted({ couch }: Pick<Unwanted, 'couch'>, { booth, n }: PhotoKey): Promise<boolean> {
  return (await couch.get<BoothDoc>('fleet', boothDocId(booth)))?.unwanted?.includes(n) === true;
}
