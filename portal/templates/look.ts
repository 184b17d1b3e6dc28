import { buffer } from 'node:stream/consumers';
import type { Couch } from '@photomaton/couch';
import { type EventDoc, eventDatabase, SHOT_ATTACHMENT, type ShotDoc } from '@photomaton/design-docs/docs';
import { type Occasion, samplePhotographs } from '@photomaton/device/image';
import { offerOf } from '../events/offers.ts';
import { galleryPage } from '../gallery/photos.ts';

/** Photos looked at for shots: some events keep none, and nobody should wait long to learn that. */
const MOST_LOOKED_AT = 4;

/** What the pictures of an event speak of, as its booths have it. Before the event they bear its first day. */
export function occasionOf(event: EventDoc, now: Date): Occasion {
  const { title, accent, days } = event;
  return {
    ...{ title, language: offerOf(event).languages[0] ?? 'fr', ...(accent && { accent }) },
    ...(days ? { date: new Date(`${days.from}T12:00:00Z`), timeZone: 'UTC' } : { date: now }),
  };
}

/** The ids of the newest single shots of what the gallery shows, newest first. */
export async function recentShots({ couch }: { couch: Couch }, { event }: EventDoc): Promise<string[]> {
  const { photos } = await galleryPage({ couch }, event, { place: { kind: 'newest' }, filter: {} });
  const found = await Promise.all(
    photos.slice(0, MOST_LOOKED_AT).map(({ key }) => {
      const startkey = `shot:${key}:`;
      return couch.range<ShotDoc>(eventDatabase(event), { startkey, endkey: `${startkey}g`, limit: 4 });
    }),
  );
  return found.flat().map(({ _id }) => _id);
}

/** Their bytes, so many as a template takes; samples where they do not suffice, and without an event. */
export async function shotsFor(
  { couch }: { couch: Couch },
  event: EventDoc | undefined,
  { ids, count }: { ids: string[]; count: number },
): Promise<Buffer[]> {
  const answers = await Promise.all(
    event
      ? ids.slice(0, count).map((id) => couch.attachment(eventDatabase(event.event), id, SHOT_ATTACHMENT))
      : [],
  );
  const own = await Promise.all(answers.flatMap((answer) => (answer ? [buffer(answer.body)] : [])));
  return [...own, ...(await samplePhotographs(count))].slice(0, count);
}
