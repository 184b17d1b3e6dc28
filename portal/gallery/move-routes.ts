import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError } from '@photomaton/couch';
import type { EventDoc } from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { customerOf } from '../accounts/customer-of.ts';
import type { Audit } from '../audit/audit.ts';
import { sayWhen } from '../events/event-card.ts';
import { eventsOf } from '../events/event-list.ts';
import type { Access } from '../fleet/access.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { safeNext } from '../web/origin.ts';
import { keysOf } from './mark-routes.ts';
import { type Asked, beginMove, finishMove, type Move, movedTogether } from './moves.ts';
import { parseKey } from './photos.ts';
import type { EventOf } from './routes.ts';

/** A page waits so long for photos that are on their way; then it says that they are. */
const PATIENCE_MS = 10_000;
/** Photos that begin to move, and that are carried, at the same time. */
const AT_ONCE = 4;
/** Of the photos that are to move so many are shown. */
const SHOWN = 6;

interface MoveParts {
  couch: Couch;
  access: Access;
  eventOf: EventOf;
  audit: Audit;
  now(): Date;
  log: Logger;
}

/** Photos that move to another event of the same customer: the question where to, and the deed. */
export function moveRoutes({ couch, access, eventOf, audit, now, log }: MoveParts): Router {
  const router = Router();

  router.get('/events/:event/move', async (req, res) => {
    const event = await eventOf(req, res);
    const { photo, back } = req.query;
    if (typeof photo !== 'string' || !parseKey(photo)) return notFound();
    await askWhere(res, event, { keys: [photo], back });
  });

  /** Without `to` the question; with it the deed. `together` names photos that came from there: they go back. */
  router.post('/events/:event/move', async (req, res) => {
    const event = await eventOf(req, res);
    const { back } = req.body as Record<string, unknown>;
    const to = textOf(req.body, 'to');
    const target = to === '' ? undefined : await access.eventFor(res.locals.account, to);
    const keys =
      target && textOf(req.body, 'together') ? await cameTogether(req, event, target) : keysOf(req);
    if (keys === undefined || target?.event === event.event) return void res.sendStatus(400);
    if (!target || keys.length === 0) return await askWhere(res, event, { keys, back });

    const move = { to: target.event, at: now().toISOString(), by: customerOf(res).id };
    // Before it is done: of what was done there is always a record.
    await audit('photos moved', {
      ...{ actor: move.by, subject: event.event, details: { photos: keys.length, to: move.to } },
    });
    const asked = await moveAll(event, keys, move);
    const first = asked.find((one) => one.kind === 'moving');
    if (first?.kind !== 'moving') return await askWhere(res, event, { keys, back, asked });
    const url = new URL(safeNext(back ?? `/events/${event.event}`), 'http://portal.invalid');
    url.searchParams.delete('deleted');
    // `from` and `to` are a filter's.
    const said = { moved: first.at, movedFrom: event.event, movedTo: target.event, ...keptOf(asked) };
    for (const [name, value] of Object.entries(said)) url.searchParams.set(name, String(value));
    res.redirect(303, `${url.pathname}${url.search}`);
  });

  return router;

  async function cameTogether(req: Request, event: EventDoc, from: EventDoc): Promise<string[]> {
    const move = { from: from.event, to: event.event, at: textOf(req.body, 'together') };
    const { came, onTheWay } = await movedTogether({ couch }, move);
    for (const key of onTheWay) await finishMove({ couch }, from.event, key);
    return [...came, ...onTheWay];
  }

  /** All are written down before the first is carried; what takes too long goes on without the page. */
  async function moveAll(event: EventDoc, keys: string[], move: Move): Promise<Asked[]> {
    const asked: Asked[] = [];
    for (let i = 0; i < keys.length; i += AT_ONCE) {
      const some = keys.slice(i, i + AT_ONCE);
      asked.push(...(await Promise.all(some.map((key) => beginMove({ couch }, event.event, key, move)))));
    }
    const going = keys.filter((_, i) => asked[i]?.kind === 'moving');
    const enough = new AbortController();
    const carrying = carryAll(event, going).finally(() => enough.abort());
    const patience = sleep(PATIENCE_MS, undefined, { signal: enough.signal, ref: false });
    await Promise.race([carrying, patience.catch(() => undefined)]);
    return asked;
  }

  async function carryAll(event: EventDoc, keys: string[]): Promise<void> {
    const left = [...keys];
    const work = async () => {
      for (let key = left.shift(); key !== undefined; key = left.shift())
        await finishMove({ couch }, event.event, key);
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } catch (error) {
      if (!(error instanceof CouchError)) throw error;
      // They are written down: the sweep of bins goes on with them.
      log.warn({ event: event.event, code: error.code }, 'photos not moved yet');
    }
  }

  async function askWhere(
    res: Response,
    event: EventDoc,
    o: { keys: string[]; back: unknown; asked?: Asked[] },
  ): Promise<void> {
    const events = await eventsOf({ couch }, event.owner);
    const others = events.filter((other) => other.event !== event.event);
    const gallery = `/events/${event.event}`;
    res.status(o.asked ? 409 : 200).render('gallery/move', {
      event: { id: event.event, title: event.title },
      ...{ keys: o.keys, shown: o.keys.slice(0, SHOWN), back: safeNext(o.back ?? gallery) },
      others: others.map((other) => ({
        ...{
          id: other.event,
          title: other.title,
          when: sayWhen({ days: other.days, createdAt: other.createdAt }, res.locals),
        },
      })),
      kept: o.asked && { notHere: countOf(o.asked, 'not-here'), ...keptOf(o.asked) },
    });
  }
}

const countOf = (asked: Asked[], kind: Asked['kind']): number =>
  asked.filter((one) => one.kind === kind).length;

/** How many stayed, and why: what the gallery says of them. */
const keptOf = (asked: Asked[]) => ({
  onBooth: countOf(asked, 'on-booth'),
  elsewhere: countOf(asked, 'elsewhere'),
});
