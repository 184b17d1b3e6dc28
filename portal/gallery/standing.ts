import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  type EventDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { type Measure, timeLeftOf } from '@photomaton/design-docs/measures';
import { type Presence, presenceOf } from '../fleet/presence.ts';
import { uploadOf } from '../fleet/upload.ts';
import { countPhotos } from './photos.ts';

/** How things stand with an event: its booths, what is safe in the cloud, what is still to come. */
export interface Standing {
  booths: { name: string; presence: Presence }[];
  inCloud: number;
  /** Photos that its booths still hold, as they last said. */
  waiting: number;
  /** How long that will take, while photos travel. */
  left?: Measure;
}

/** Booths named on one line; an event with more says only their number of photos. */
const BOOTHS_SHOWN = 20;

export async function standingOf(
  { couch, now }: { couch: Couch; now(): Date },
  event: EventDoc,
  seq?: string,
): Promise<Standing> {
  const ids = event.booths.slice(-BOOTHS_SHOWN);
  const [inCloud, docs, statuses] = await Promise.all([
    countPhotos({ couch }, event.event, seq),
    couch.getMany<BoothDoc>('fleet', ids.map(boothDocId)),
    Promise.all(ids.map((id) => statusOf({ couch }, id))),
  ]);
  const booths = docs.flatMap((doc, i) =>
    // A booth that has another owner now keeps what it says to itself.
    doc && doc.owner === event.owner && isOf(event, doc, statuses[i])
      ? [{ name: doc.name, presence: presenceOf(doc, statuses[i], now()), status: statuses[i] }]
      : [],
  );
  // They travel side by side: all are there when the slowest is. Multiplied crosswise, as one may stand still.
  const [slowest] = booths
    .flatMap(({ presence, status }) => (presence.kind === 'online' && uploadOf(status, now())) || [])
    .sort((a, b) => b.bytesLeft * a.bytesPerSecond - a.bytesLeft * b.bytesPerSecond);
  const left = slowest && timeLeftOf(slowest);
  return {
    ...(left && { left }),
    booths: booths.map(({ name, presence }) => ({ name, presence })),
    inCloud,
    waiting: booths.reduce((sum, { status }) => sum + (status?.waiting?.[event.event] ?? 0), 0),
  };
}

/** One on which the event may be chosen is no booth of it before it was. */
function isOf({ event }: EventDoc, booth: BoothDoc, status: StatusDoc | undefined): boolean {
  const mayBeChosen = booth.event !== event && booth.choices?.includes(event) === true;
  return !mayBeChosen || status?.event === event || status?.waiting[event] !== undefined;
}

function statusOf({ couch }: { couch: Couch }, booth: BoothId): Promise<(StatusDoc & Stored) | undefined> {
  return couch.get<StatusDoc>(boothDatabase(booth), 'status');
}
