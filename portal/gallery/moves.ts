import { type Couch, CouchError } from '@photomaton/couch';
import {
  EVENT_VIEWS,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  type MarkDoc,
  type PreviewDoc,
  type RemovalDoc,
} from '@photomaton/design-docs/docs';
import { carry, docsOf, type Held } from './carry.ts';
import { MOST_AT_A_TIME } from './marks.ts';
import { recordRemoval } from './removal.ts';
import { keyOf } from './walk.ts';

/**
 * A photo moves to another event. What is done stands in its mark, so that whoever finds it half-done goes on:
 *
 *     (nothing) ── moving ──▶ moving, there ──▶ removal with `movedTo`, no mark
 *                    │
 *                    └──▶ (nothing), when the other event ends before the photo is there
 *
 * `moving`: no gallery shows it here. All of it is copied, the small pictures last, which make it visible there, and read
 * back. `there` is the moment from which it is that event's, and what is here may go: record first, mark last. Two may do
 * this at once. What a booth sends of it later goes after it (late.ts).
 */
export interface Move {
  to: EventId;
  at: string;
  by: string;
}

/** What became of the wish to move a photo. `on-booth`: its original is not in the cloud, and the booth may still hold it. */
export type Asked =
  /** It is on its way, or has moved already; with the `at` of that move. */
  { kind: 'moving'; at: string } | { kind: 'elsewhere' | 'on-booth' | 'not-here' };

/** Writes down that a photo is to move; {@link finishMove} then does it, here or wherever it was left. */
export async function beginMove(
  { couch }: { couch: Couch },
  event: EventId,
  key: string,
  move: Move,
): Promise<Asked> {
  const db = eventDatabase(event);
  const [preview, mark, removal] = (await couch.getMany(db, [
    `preview:${key}`,
    `mark:${key}`,
    `removal:${key}`,
  ])) as [PreviewDoc | undefined, MarkDoc | undefined, RemovalDoc | undefined];
  if (mark?.moving) return askedOf(mark.moving, move);
  if (!preview) return removal?.movedTo ? askedOf({ ...removal, to: removal.movedTo }, move) : NOT_HERE;
  if (mark?.deleted) return NOT_HERE;
  if (!(await couch.get(db, preview.photo))) return { kind: 'on-booth' };
  // It may have come a moment ago: what is left of it where it came from goes first.
  if (mark?.from) await finishMove({ couch }, mark.from.event, key);
  const noted = await couch.update<MarkDoc>(db, `mark:${key}`, (found) =>
    found?.moving || found?.deleted
      ? undefined
      : { ...(found ?? { _id: `mark:${key}`, type: 'mark' }), moving: move },
  );
  return noted?.moving ? askedOf(noted.moving, move) : NOT_HERE;
}

const NOT_HERE = { kind: 'not-here' } as const;

const askedOf = (found: { to: EventId; at: string }, { to }: Move): Asked =>
  found.to === to ? { kind: 'moving', at: found.at } : { kind: 'elsewhere' };

/** Brings the move of a photo to its end, if there is one. Throws when CouchDB does; then it can be done again. */
export async function finishMove({ couch }: { couch: Couch }, event: EventId, key: string): Promise<void> {
  const mark = await couch.get<MarkDoc>(eventDatabase(event), `mark:${key}`);
  if (!mark?.moving) return;
  const isThere = mark.moving.there || (await bring({ couch }, event, mark));
  if (isThere) await leave({ couch }, event, key);
}

/** Is it an event that photos can come to? */
async function isOpen({ couch }: { couch: Couch }, event: EventId): Promise<boolean> {
  const found = await couch.get<EventDoc>('fleet', eventDocId(event));
  return found !== undefined && !found.erasing;
}

/** Copies the photo; false when it stays where it is after all. */
async function bring({ couch }: { couch: Couch }, event: EventId, mark: MarkDoc): Promise<boolean> {
  const { _id, moving, favourite, hidden } = mark;
  if (!moving) return false;
  const parts = await docsOf({ couch }, event, keyOf(_id));
  const isHere = parts.some((part) => part._id.startsWith('preview:'));
  if (isHere && (await isOpen({ couch }, moving.to))) {
    // First the mark, so that a hidden photo is hidden from the start.
    const from = { event, at: moving.at };
    await couch.update<MarkDoc>(eventDatabase(moving.to), _id, (found) =>
      found?.from?.event === event && found.from.at === moving.at
        ? undefined
        : { _id, type: 'mark', ...(favourite && { favourite }), ...(hidden && { hidden }), from },
    );
    await carry({ couch }, parts, { from: event, to: moving.to });
    return await settle({ couch }, event, mark, { ...moving, there: true });
  }
  await settle({ couch }, event, mark, undefined);
  return false;
}

/** One write decides whether it is there or stays; whoever comes second finds how. Gives whether it is there. */
async function settle(
  { couch }: { couch: Couch },
  event: EventId,
  { _id, moving: begun }: MarkDoc,
  moving: MarkDoc['moving'],
): Promise<boolean> {
  const settled = await couch.update<MarkDoc>(eventDatabase(event), _id, (found) => {
    if (found?.moving?.at !== begun?.at || found?.moving?.there) return undefined;
    const { moving: _, ...rest } = found as MarkDoc;
    return { ...rest, ...(moving && { moving }) };
  });
  return settled?.moving?.there === true;
}

/** It is there: what is still here goes, and what came here since goes after it. */
async function leave({ couch }: { couch: Couch }, event: EventId, key: string): Promise<void> {
  const db = eventDatabase(event);
  const mark = await couch.get<MarkDoc>(db, `mark:${key}`);
  if (!mark?.moving?.there) return;
  const { to, at, by } = mark.moving;
  await recordRemoval({ couch }, event, key, { at, by, movedTo: to });
  await sendAfter({ couch }, await docsOf({ couch }, event, key), { from: event, to });
  await couch.remove(db, mark._id, mark._rev);
}

/** Documents of a photo that lives in another event: there they go, and with that event they are gone. */
export async function sendAfter(
  { couch }: { couch: Couch },
  docs: Held[],
  { from, to }: { from: EventId; to: EventId },
): Promise<void> {
  // Small pictures it has there.
  const after = docs.filter(({ _id }) => !_id.startsWith('preview:'));
  if (await isOpen({ couch }, to)) await carry({ couch }, after, { from, to });
  for (const { _id, _rev } of docs) await couch.remove(eventDatabase(from), _id, _rev);
}

const BATCH = 100;

/**
 * Goes on with every move out of an event that was cut short. One that fails holds up no other; the first failure is
 * thrown in the end.
 */
export async function finishMoves({ couch }: { couch: Couch }, event: EventId): Promise<void> {
  const failures: CouchError[] = [];
  for (let startkey: unknown[] = ['leaves']; ; ) {
    const { rows } = await couch.view(eventDatabase(event), EVENT_VIEWS.ddoc, EVENT_VIEWS.moves, {
      ...{ startkey, endkey: ['leaves', {}], limit: BATCH },
    });
    for (const { id } of rows) {
      await finishMove({ couch }, event, keyOf(id)).catch((error: unknown) => {
        if (!(error instanceof CouchError)) throw error;
        failures.push(error);
      });
    }
    const last = rows.at(-1);
    if (!last || rows.length < BATCH) break;
    startkey = [...(last.key as unknown[]), null];
  }
  if (failures[0]) throw failures[0];
}

/** Photos of one wish: those that came to an event, and those that are still on their way from the other. */
export async function movedTogether(
  { couch }: { couch: Couch },
  { from, to, at }: { from: EventId; to: EventId; at: string },
): Promise<{ came: string[]; onTheWay: string[] }> {
  const [came, leaves] = await Promise.all([
    couch.view<MarkDoc>(eventDatabase(to), EVENT_VIEWS.ddoc, EVENT_VIEWS.moves, within(['came', from, at])),
    couch.view<MarkDoc>(eventDatabase(from), EVENT_VIEWS.ddoc, EVENT_VIEWS.moves, within(['leaves', at])),
  ]);
  const there = came.rows.map(({ id }) => keyOf(id));
  const left = leaves.rows.flatMap(({ id, doc }) => (doc?.moving?.to === to ? [keyOf(id)] : []));
  return { came: there, onTheWay: left.filter((key) => !there.includes(key)) };
}

const within = (key: string[]) => ({
  ...{ startkey: key, endkey: [...key, {}], limit: MOST_AT_A_TIME, includeDocs: true },
});
