import type { Couch } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventId,
  eventDatabase,
  type MarkDoc,
  type PreviewDoc,
} from '@photomaton/design-docs/docs';
import { tellBooths } from './tell-booths.ts';

/** What a customer can do with photos. */
export const ACTS = ['favourite', 'unfavourite', 'hide', 'show', 'delete', 'restore'] as const;
export type Act = (typeof ACTS)[number];

/** How long a deleted photo can be brought back. */
export const BIN_DAYS = 7;
const BIN_MS = BIN_DAYS * 24 * 3600_000;

/** Photos marked at the same time. */
const AT_ONCE = 8;

type Marks = Pick<MarkDoc, 'favourite' | 'hidden' | 'deleted' | 'moving'>;

/**
 * May a photo of this mark be seen: in a gallery with its walls and downloads, by a guest who has its link, by its
 * owner? The one answer for pages and bytes. The owner sees what is in the bin too, to bring it back. What is on its
 * way to another event is shown there.
 */
export function isShown(mark: Marks | undefined, to: 'gallery' | 'guest' | 'owner'): boolean {
  return to === 'owner' || (!mark?.hidden && !mark?.deleted && !mark?.moving);
}

export interface Deed {
  act: Act;
  /** Account, or `guest`. */
  by: string;
  now: Date;
}

/** Until when photos that are deleted now can be brought back: what they have in common, and undo finds them by. */
export const untilOf = (now: Date): string => new Date(now.getTime() + BIN_MS).toISOString();

/**
 * Marks photos, each by a document of its own: each is marked or it is not, wherever this ends, and done again it
 * changes nothing. Booths are told of what is deleted; who was not told is, when bins are swept. Keys of no photo, and of
 * one that is on its way to another event, are left out. Gives how many photos there were.
 */
export async function markPhotos(
  { couch }: { couch: Couch },
  event: EventId,
  keys: string[],
  deed: Deed,
): Promise<number> {
  const db = eventDatabase(event);
  const previews = await couch.getMany<PreviewDoc>(
    db,
    keys.map((key) => `preview:${key}`),
  );
  const there = keys.filter((_, i) => previews[i] !== undefined);
  const done: string[] = [];
  for (let i = 0; i < there.length; i += AT_ONCE) {
    const some = there.slice(i, i + AT_ONCE);
    const marks = await Promise.all(
      some.map((key) =>
        couch.update<MarkDoc>(db, `mark:${key}`, (found) => {
          const mark = found ?? { _id: `mark:${key}`, type: 'mark' };
          return changed(mark, deed);
        }),
      ),
    );
    done.push(...some.filter((_, n) => !marks[n]?.moving));
  }
  if (deed.act === 'delete' || deed.act === 'restore') await tellBooths({ couch }, event, done, deed.now);
  return done.length;
}

/** The mark after a deed; undefined when the deed changes nothing. */
export function changed(mark: MarkDoc, { act, by, now }: Deed): MarkDoc | undefined {
  const { favourite, hidden, deleted, ...rest } = mark;
  // On its way to another event it takes along what was wanted of it when it left.
  if (mark.moving) return undefined;
  const at = now.toISOString();
  switch (act) {
    case 'favourite':
      return favourite ? undefined : { ...mark, favourite: true };
    case 'unfavourite':
      return favourite && { ...rest, ...(hidden && { hidden }), ...(deleted && { deleted }) };
    case 'hide':
      return hidden ? undefined : { ...mark, hidden: { at, by } };
    case 'show':
      return hidden && { ...rest, ...(favourite && { favourite }), ...(deleted && { deleted }) };
    case 'delete':
      return deleted ? undefined : { ...mark, deleted: { at, by, until: untilOf(now) } };
    case 'restore':
      // Once its time is over it may be half-removed already.
      return deleted && deleted.until > at
        ? { ...rest, ...(favourite && { favourite }), ...(hidden && { hidden }) }
        : undefined;
  }
}

/** Most photos that one deed is done to. */
export const MOST_AT_A_TIME = 1000;

/** Keys of the photos that were deleted together: those whose time in the bin ends at this moment. */
export async function deletedTogether(
  { couch }: { couch: Couch },
  event: EventId,
  until: string,
): Promise<string[]> {
  const { rows } = await couch.view(eventDatabase(event), EVENT_VIEWS.ddoc, EVENT_VIEWS.bin, {
    key: until,
    limit: MOST_AT_A_TIME,
  });
  return rows.map(({ id }) => id.slice('mark:'.length));
}
