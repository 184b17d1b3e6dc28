import type { Request } from 'express';
import { notFound } from '../web/http-errors.ts';
import { type Place, parseKey } from './photos.ts';

/** Which page of a gallery an address asks for. Throws the 404 for a key that is none. */
export function placeOf(req: Request): Place {
  for (const kind of ['before', 'after'] as const) {
    const text = req.query[kind];
    if (text === undefined) continue;
    if (typeof text !== 'string' || !parseKey(text)) return notFound();
    return { kind, key: text };
  }
  return { kind: 'newest' };
}
