import type { Couch } from '@photomaton/couch';
import type { EventDoc } from '@photomaton/design-docs/docs';
import type { Request, Response } from 'express';
import type { Access } from '../fleet/access.ts';
import { HttpError } from '../web/http-errors.ts';
import { movedTogether } from './moves.ts';

/** What a gallery says after photos moved, as they are now: how many left or came, which are under way, which stayed. */
export async function movedNotice(
  { couch, access }: { couch: Couch; access: Access },
  event: EventDoc,
  { query }: Request,
  { locals }: Response,
) {
  const { moved: at, movedFrom: from, movedTo: to } = query;
  const hasLeft = from === event.event;
  if (typeof at !== 'string' || (!hasLeft && to !== event.event)) return undefined;
  const other = await access.eventFor(locals.account, hasLeft ? to : from).catch((error: unknown) => {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  });
  if (!other) return undefined;
  const move = hasLeft ? { from: event.event, to: other.event } : { from: other.event, to: event.event };
  const { came, onTheWay } = await movedTogether({ couch }, { ...move, at });
  return {
    ...{ at, hasLeft, other: { id: other.event, title: other.title } },
    ...{ came: came.length, onTheWay: onTheWay.length },
    ...{ onBooth: numberIn(query.onBooth), elsewhere: numberIn(query.elsewhere) },
  };
}

const numberIn = (text: unknown): number => (/^\d{1,4}$/.test(String(text)) ? Number(text) : 0);
