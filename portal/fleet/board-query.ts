import { isBoothId } from '@photomaton/design-docs/docs';
import type { Request } from 'express';
import type { BoardQuery } from './board-index.ts';
import { BOARD_ORDERS } from './board-order.ts';
import { BOOTH_STATES } from './board-row.ts';

/** What a page of the fleet is asked for: of the query only what we know. */
export function queryOf({ query }: Request): BoardQuery {
  const { q, state, version, order, from } = query;
  return {
    ...(typeof q === 'string' && q.trim() !== '' && { q: q.trim().slice(0, 100) }),
    state: BOOTH_STATES.find((one) => one === state),
    ...(typeof version === 'string' && version !== '' && { version: version.slice(0, 100) }),
    order: BOARD_ORDERS.find((one) => one === order),
    ...(isBoothId(from) && { from }),
  };
}
