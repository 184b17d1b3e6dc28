import type { Couch } from '@photomaton/couch';
import { type Request, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import type { Audit, AuditAction } from '../audit/audit.ts';
import { safeNext } from '../web/origin.ts';
import { ACTS, type Act, deletedTogether, MOST_AT_A_TIME, markPhotos, untilOf } from './marks.ts';
import { parseKey } from './photos.ts';
import type { EventOf } from './routes.ts';

/** Favourites come and go; the rest is remembered. */
const TOLD: Partial<Record<Act, AuditAction>> = {
  hide: 'photos hidden',
  show: 'photos shown again',
  delete: 'photos deleted',
  restore: 'photos brought back',
};

/** What a customer does with photos of an event: one form, from the page itself or from its script. */
export function markRoutes({
  couch,
  eventOf,
  audit,
  now: clock,
}: {
  couch: Couch;
  eventOf: EventOf;
  audit: Audit;
  now(): Date;
}): Router {
  const router = Router();
  router.post('/events/:event/marks', async (req, res) => {
    const event = await eventOf(req, res);
    const { back, until } = req.body as Record<string, unknown>;
    const act = ACTS.find((one) => one === req.body.act);
    // Undo names what was deleted together.
    const isUndo = act === 'restore' && typeof until === 'string';
    const keys = isUndo ? await deletedTogether({ couch }, event.event, until) : keysOf(req);
    if (!act || keys === undefined) return void res.sendStatus(400);

    const deed = { act, by: customerOf(res).id, now: clock() };
    const told = TOLD[act];
    // Before it is done: of what was done there is always a record.
    if (told && keys.length > 0) {
      await audit(told, { actor: deed.by, subject: event.event, details: { photos: keys.length } });
    }
    const count = await markPhotos({ couch }, event.event, keys, deed);
    const undo = act === 'delete' && count > 0 ? untilOf(deed.now) : undefined;
    if (req.accepts('html', 'json') === 'json') return void res.json({ count, until: undo });
    const url = new URL(safeNext(back ?? `/events/${event.event}`), 'http://portal.invalid');
    url.searchParams.delete('deleted');
    if (undo) url.searchParams.set('deleted', undo);
    res.redirect(303, `${url.pathname}${url.search}`);
  });
  return router;
}

/** The photos that a form names, each once: its boxes (`photo`), or all in one field (`photos`). Undefined: too many. */
export function keysOf(req: Request): string[] | undefined {
  const { photo, photos } = req.body as Record<string, unknown>;
  const texts = [photo ?? [], typeof photos === 'string' ? photos.split(',') : []].flat();
  const keys = [...new Set(texts)].filter((text): text is string => parseKey(text) !== undefined);
  return keys.length > MOST_AT_A_TIME ? undefined : keys;
}
