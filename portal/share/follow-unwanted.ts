import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  type EventId,
  parsePreviewId,
  type UnwantedDoc,
} from '@photomaton/design-docs/docs';
import type { ShareKey } from '@photomaton/design-docs/share';
import type { Logger } from 'pino';
import type { Board } from '../fleet/board.ts';
import type { BoardRow } from '../fleet/board-row.ts';
import { finishMove } from '../gallery/moves.ts';
import { keyOf } from '../gallery/walk.ts';
import { markOf, type Place, placeOf } from './place.ts';
import { forgetUnwanted, settleUnwanted, type Unwanted } from './unwanted.ts';

/** The booth hides them as soon as it hears, and where booths go around the portal (`SYNC_URL`) a gallery may show one. */
const FOLLOW_EVERY_MS = 2_000;

/**
 * Tells a booth which of its photos its guests deleted before they arrived, and settles those that have arrived. It may
 * die at any line and be done again, by any node, even by two at once: it goes by what `booth:<id>` says now.
 */
export async function followUnwanted(o: Unwanted, id: BoothId): Promise<void> {
  const booth = await o.couch.get<BoothDoc>('fleet', boothDocId(id));
  if (!booth?.unwanted) return;
  const photos = booth.unwanted;
  await o.couch.update<UnwantedDoc>(boothDatabase(id), 'unwanted', (found) =>
    isDeepStrictEqual(found?.photos ?? [], photos)
      ? undefined
      : { _id: 'unwanted', type: 'unwanted', photos },
  );
  for (const n of photos) await settleOne(o, booth.events, { booth: id, n });
}

async function settleOne(o: Unwanted, events: EventId[], share: ShareKey): Promise<void> {
  const place = await placeAtRest(o, events, share);
  if (!place) return; // still on the booth
  const key = parsePreviewId(place.doc._id);
  if (key) await settleUnwanted(o, place.event, key);
  else await forgetUnwanted(o, share); // removed by its owner
}

/** Where it is; where it went, if it was just moving. */
async function placeAtRest(o: Unwanted, events: EventId[], share: ShareKey): Promise<Place | undefined> {
  const place = await placeOf(o, events, share);
  if (!place || !(await markOf(o, place))?.moving) return place;
  await finishMove(o, place.event, keyOf(place.doc._id));
  return await placeOf(o, events, share);
}

/** Follows what guests delete and booths send until aborted. */
export async function keepUnwantedFollowed(
  o: Unwanted & { board: Pick<Board, 'rows'>; log: Logger; signal: AbortSignal },
): Promise<void> {
  // A row is made anew whenever its booth changes or says something: one that was looked at needs no second look.
  const seen = new WeakSet<BoardRow>();
  while (!o.signal.aborted) {
    for (const row of [...o.board.rows()].filter(({ hasUnwanted }) => hasUnwanted)) {
      if (seen.has(row)) continue;
      await followUnwanted(o, row.booth).then(
        () => seen.add(row),
        (err: unknown) => o.log.warn({ err, booth: row.booth }, 'unwanted photos not followed'),
      );
    }
    await sleep(FOLLOW_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
