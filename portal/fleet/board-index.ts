import type { BoothId } from '@photomaton/design-docs/docs';
import { wordsOf } from '../web/search-words.ts';
import { type BoardOrder, inOrder } from './board-order.ts';
import { BOOTH_STATES, type BoardRow, type BoothState, stateOf } from './board-row.ts';
import { createSortedIds, type SortedIds } from './sorted-ids.ts';

const PAGE = 50;
/** Questions whose answers are kept up to date: those of the operators who look just now, and of their pages. */
const MOST_LISTINGS = 20;

export interface BoardQuery {
  q?: string;
  state?: BoothState | undefined;
  version?: string | undefined;
  order?: BoardOrder | undefined;
  /** The booth that begins the page. */
  from?: string | undefined;
}

export interface BoardPage {
  rows: BoardRow[];
  next: BoothId | undefined;
  counts: Record<BoothState, number>;
  versions: string[];
}

/** A row in its state of now: states change with time too. */
interface Entry {
  row: BoardRow;
  state: BoothState;
}

/** The answer to one question: its booths by serial, all and of each state. */
interface Listing {
  all: SortedIds;
  of: Record<BoothState, SortedIds>;
  move(booth: BoothId, before: Entry | undefined, after: Entry | undefined): void;
}

/**
 * Rows of the board with the answers to the latest questions. A change moves its booth in these; a page that is asked
 * for again, or the page after, costs its rows, however many booths there are. A new question looks at each row once.
 */
export function createBoardIndex({ now }: { now: () => Date }) {
  const entries = new Map<BoothId, Entry>();
  const versions = new Map<string, number>();
  /** By question; the longest unused is the first. */
  const listings = new Map<string, Listing>();

  function change(booth: BoothId, after: Entry | undefined): void {
    const before = entries.get(booth);
    if (after) entries.set(booth, after);
    else entries.delete(booth);
    count(before?.row.version, -1);
    count(after?.row.version, 1);
    for (const listing of listings.values()) listing.move(booth, before, after);
  }

  function count(version: string | undefined, step: number): void {
    if (!version) return;
    const rows = (versions.get(version) ?? 0) + step;
    if (rows > 0) versions.set(version, rows);
    else versions.delete(version);
  }

  function listingOf({ q = '', version }: BoardQuery): Listing {
    const words = wordsOf(q);
    const question = JSON.stringify([words, version]);
    let listing = listings.get(question);
    listings.delete(question);
    if (!listing) {
      listing = createListing(
        (row) => (version === undefined || row.version === version) && hasAll(row.text, words),
      );
      for (const [booth, entry] of entries) listing.move(booth, undefined, entry);
    }
    const [oldest] = listings.keys();
    if (listings.size >= MOST_LISTINGS && oldest !== undefined) listings.delete(oldest);
    listings.set(question, listing);
    return listing;
  }

  function idsOf(query: BoardQuery): SortedIds {
    const { all, of } = listingOf(query);
    return query.state ? of[query.state] : all;
  }

  const rowsOf = (ids: SortedIds, from?: BoothId, limit = ids.size): BoardRow[] =>
    ids.from(from, limit).flatMap((booth) => entries.get(booth)?.row ?? []);

  return {
    rows: (): Iterable<BoardRow> => [...entries.values()].map(({ row }) => row),
    row: (booth: BoothId): BoardRow | undefined => entries.get(booth)?.row,
    put(row: BoardRow): void {
      change(row.booth, { row, state: stateOf(row, now().getTime()) });
    },
    drop(booth: BoothId): void {
      change(booth, undefined);
    },
    /** Those that were online and are not heard of any more are away. */
    age(): void {
      const nowMs = now().getTime();
      for (const [booth, { row, state }] of entries) {
        const is = state === 'online' ? stateOf(row, nowMs) : state;
        if (is !== state) change(booth, { row, state: is });
      }
    },
    /** All that a question finds, however many, by serial. */
    found: (query: BoardQuery): BoardRow[] => rowsOf(idsOf(query)),
    page(query: BoardQuery): BoardPage {
      const { of } = listingOf(query);
      const { order = 'serial', from } = query;
      const ids = idsOf(query);
      // Another order costs a look at each row that is found; a page of it begins anew when its first booth is gone.
      const rows =
        order === 'serial' ? rowsOf(ids, from, PAGE + 1) : rowsFrom(inOrder(rowsOf(ids), order), from);
      return {
        rows: rows.slice(0, PAGE),
        next: rows[PAGE]?.booth,
        counts: eachState((state) => of[state].size),
        versions: [...versions.keys()].sort(),
      };
    },
  };
}

function rowsFrom(rows: BoardRow[], from: BoothId | undefined): BoardRow[] {
  const first = Math.max(
    0,
    rows.findIndex(({ booth }) => booth === from),
  );
  return rows.slice(first, first + PAGE + 1);
}

function createListing(isFound: (row: BoardRow) => boolean): Listing {
  const all = createSortedIds();
  const of = eachState(createSortedIds);
  return {
    all,
    of,
    move(booth, before, after) {
      const was = before && isFound(before.row) ? before.state : undefined;
      const is = after && isFound(after.row) ? after.state : undefined;
      if (was === is) return;
      if (was) of[was].delete(booth);
      if (is) of[is].add(booth);
      if (!was) all.add(booth);
      if (!is) all.delete(booth);
    },
  };
}

function eachState<T>(make: (state: BoothState) => T): Record<BoothState, T> {
  return Object.fromEntries(BOOTH_STATES.map((state) => [state, make(state)])) as Record<BoothState, T>;
}

function hasAll(text: string, words: string[]): boolean {
  for (const word of words) if (!text.includes(word)) return false;
  return true;
}
