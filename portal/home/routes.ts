import type { Couch } from '@photomaton/couch';
import { type EventDoc, FLEET_VIEWS } from '@photomaton/design-docs/docs';
import { Router } from 'express';
import { eventCard } from '../events/event-card.ts';
import { listEvents } from '../events/event-list.ts';
import { alarmsOf } from '../fleet/alarms.ts';
import { boothCard } from '../fleet/booth-card.ts';
import { listBooths } from '../fleet/booth-list.ts';

/** Events on the first page; all of them are one step away. */
const EVENTS_SHOWN = 6;

/** The first page: an operator's customers, or what a customer has and what needs her. */
export function homeRoutes(o: { couch: Couch; now(): Date }): Router {
  const router = Router();
  router.get('/', async (_req, res) => {
    const { account } = res.locals;
    if (!account) return res.redirect(303, '/login');
    if (account.role === 'operator') return res.redirect(303, '/customers');
    const [{ booths, next }, { events, next: moreEvents }, ending] = await Promise.all([
      listBooths(o, account.id),
      listEvents(o, account.id, undefined, EVENTS_SHOWN),
      endingEvents(o, account.id),
    ]);
    const now = o.now();
    const { lang } = res.locals;
    const day = new Intl.DateTimeFormat(lang, { dateStyle: 'long' });
    res.render('home/home', {
      booths: booths.map((row) => boothCard(row, now, res.locals)),
      events: events.map((row) => eventCard(row, res.locals)),
      alarms: alarmsOf({ booths, events: ending }, now).map((alarm) => ({
        ...alarm,
        ...('at' in alarm && { date: day.format(alarm.at) }),
        ...('seenAt' in alarm && { date: day.format(alarm.seenAt) }),
      })),
      hasMoreBooths: next !== undefined,
      hasMoreEvents: moreEvents !== undefined,
    });
  });
  return router;
}

/** The latest events that are looked at for an end that comes near. */
const ENDING_LOOKED_AT = 200;

async function endingEvents({ couch }: { couch: Couch }, account: string): Promise<EventDoc[]> {
  const { rows } = await couch.view<EventDoc>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byDay, {
    startkey: [account, {}],
    endkey: [account],
    descending: true,
    limit: ENDING_LOOKED_AT,
    includeDocs: true,
  });
  return rows.flatMap(({ doc }) => (doc?.keepDays === undefined ? [] : [doc]));
}
