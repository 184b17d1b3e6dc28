import type { BoardRow } from './board-row.ts';

/** The orders in which the fleet is listed; by serial unless told. */
export const BOARD_ORDERS = ['serial', 'name', 'customer', 'seen', 'waiting'] as const;
export type BoardOrder = (typeof BOARD_ORDERS)[number];

/** As people read names, whatever their accents: booth 9 before booth 10. */
const words = new Intl.Collator('fr', { numeric: true, sensitivity: 'base' });

/** What may need somebody comes first: the longest silent, the most photos. */
const COMPARE: Record<Exclude<BoardOrder, 'serial'>, (a: BoardRow, b: BoardRow) => number> = {
  name: (a, b) => words.compare(a.name, b.name),
  customer: (a, b) => words.compare(a.ownerName, b.ownerName) || words.compare(a.name, b.name),
  seen: (a, b) => a.seenMs - b.seenMs,
  waiting: (a, b) => b.waiting - a.waiting,
};

/** Rows that come by serial, in another order; those that are alike in it stay as they came. */
export const inOrder = (rows: BoardRow[], order: BoardOrder): BoardRow[] =>
  order === 'serial' ? rows : rows.toSorted(COMPARE[order]);
