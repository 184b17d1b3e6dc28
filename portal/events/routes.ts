import { createHmac, randomBytes } from 'node:crypto';
import type { Couch, Stored } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { type EventDoc, eventDocId } from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import type { Access } from '../fleet/access.ts';
import { boothCard } from '../fleet/booth-card.ts';
import { boothRow, boothsOf } from '../fleet/booth-list.ts';
import { type TemplateChoice, templateChoices } from '../templates/choices.ts';
import { textOf, textsOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { boothsNaming } from './booths-at.ts';
import { bringBooth, createEvent } from './create-event.ts';
import { eventCard, sayDays } from './event-card.ts';
import {
  draftOf,
  type EventDraft,
  type EventProblem,
  judgeEvent,
  KEEP_DAYS,
  readEventForm,
} from './event-form.ts';
import { listEvents } from './event-list.ts';
import { digestIn, EVENT_PICTURE_NAMES, type EventPicture, softBackdrop } from './event-pictures.ts';
import { FILTERS, MODES } from './offers.ts';
import { erasedAt, overAt } from './retention.ts';
import { settleBooth } from './settle-booth.ts';

export interface EventParts {
  couch: Couch;
  provisioner: Provisioner;
  access: Access;
  audit: Audit;
  /** From which ids of new events are derived. */
  key: Buffer;
  now(): Date;
}

/** "My events": the list, a new one, and of each its settings and its booths. */
export function eventsRoutes(o: EventParts): Router {
  const { couch, access, audit, now } = o;
  const router = Router();
  router.use('/events', requireCustomer);

  async function judge(draft: EventDraft, owner: string): Promise<ReturnType<typeof judgeEvent>> {
    const judged = judgeEvent(draft, await templateChoices(o, owner));
    if ('problems' in judged) return judged;
    const at = erasedAt(judged.choice);
    return at && at <= now() ? { problems: ['keep-over'] } : judged;
  }

  const isOver = (event: EventDoc): boolean => (overAt(event.days) ?? now()) < now();

  router.get('/events', async (req, res) => {
    const { events, next } = await listEvents({ couch }, customerOf(res).id, req.query.from);
    res.render('events/list', { events: events.map((row) => eventCard(row, res.locals)), next });
  });

  async function showNew(
    res: Response,
    draft: EventDraft,
    ticked: string[],
    nonce: string,
    problems: EventProblem[],
  ) {
    const { id: owner } = customerOf(res);
    const [booths, layouts] = await Promise.all([boothsOf({ couch }, owner), templateChoices(o, owner)]);
    res.status(problems.length > 0 ? 422 : 200).render('events/new', {
      ...formOf(draft, problems, layouts),
      formNonce: nonce,
      booths: booths.map(({ booth, name }) => ({ booth, name, isTicked: ticked.includes(booth) })),
    });
  }

  router.get('/events/new', async (_req, res) => {
    const { lang } = res.locals;
    const draft = draftOf({ languages: lang === 'fr' ? ['fr', 'en'] : ['en', 'fr'] });
    await showNew(res, draft, [], randomBytes(16).toString('base64url'), []);
  });

  router.post('/events/new', async (req, res) => {
    const { id: owner } = customerOf(res);
    const draft = readEventForm(req.body);
    const nonce = textOf(req.body, 'nonce');
    const wanted = textsOf(req.body, 'booths');
    const judged = await judge(draft, owner);
    if ('problems' in judged) return await showNew(res, draft, wanted, nonce, judged.problems);
    if (!/^[\w-]{22}$/.test(nonce)) return notFound();
    // One form makes one event, however often it is sent; and an id of somebody else's cannot be asked for.
    const event = createHmac('sha256', new Uint8Array(o.key))
      .update(JSON.stringify([owner, nonce]))
      .digest('hex')
      .slice(0, 24);
    const own = await boothsOf({ couch }, owner);
    const joining = own.map(({ booth }) => booth).filter((booth) => wanted.includes(booth));
    await createEvent(o, {
      ...{ event, owner, kind: 'party', createdAt: now().toISOString(), ...judged.choice },
      ...(joining.length > 0 && { joining }),
    });
    await audit('event created', { actor: owner, subject: event });
    res.redirect(303, `/events/${event}/booths`);
  });

  const eventOf = (req: Request, res: Response): Promise<EventDoc & Stored> =>
    access.eventFor(res.locals.account, req.params.event);

  async function showSettings(
    res: Response,
    event: EventDoc & Stored,
    {
      draft,
      problems = [],
      ...said
    }: { draft: EventDraft; problems?: EventProblem[]; saved: boolean; refused?: EventPicture | undefined },
  ) {
    const at = erasedAt(event);
    const layouts = await templateChoices(o, event.owner);
    const day = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'long' });
    res.status(problems.length > 0 ? 422 : 200).render('events/settings', {
      ...formOf(draft, problems, layouts),
      event: { id: event.event, title: event.title },
      erasedOn: at && day.format(at),
      isOver: isOver(event),
      // An address of its own for each: else a browser shows the one before for a moment.
      pictures: EVENT_PICTURE_NAMES.map((name) => {
        const digest = digestIn(event, name);
        return { name, url: digest && `/events/${event.event}/${name}?${encodeURIComponent(digest)}` };
      }),
      soft: await softBackdrop({ couch }, event),
      ...{ refused: undefined, ...said },
    });
  }

  router.get('/events/:event/settings', async (req, res) => {
    const event = await eventOf(req, res);
    const { saved } = req.query;
    const refused = EVENT_PICTURE_NAMES.find((name) => name === req.query.refused);
    const said = { saved: saved === 'yes', refused };
    await showSettings(res, event, { draft: draftOf(event), ...said });
  });

  router.post('/events/:event/settings', async (req, res) => {
    const event = await eventOf(req, res);
    const draft = readEventForm(req.body);
    const judged = await judge(draft, event.owner);
    if ('problems' in judged)
      return await showSettings(res, event, { draft, problems: judged.problems, saved: false });
    const { _id, type, event: id, owner, kind, createdAt } = event;
    const changed = await couch.update<EventDoc>('fleet', eventDocId(id), (found) => {
      if (!found || found.erasing) return undefined;
      const { booths, joining, link, _attachments } = found;
      return {
        ...{ _id, type, event: id, owner, kind, createdAt, booths, ...(joining && { joining }) },
        ...(link && { link }),
        ...(_attachments && { _attachments }),
        ...judged.choice,
      };
    });
    await audit('event changed', { actor: owner, subject: id });
    for (const booth of await boothsNaming(o, changed ?? event)) await settleBooth(o, booth.booth);
    res.redirect(303, `/events/${id}/settings?saved=yes`);
  });

  router.get('/events/:event/booths', async (req, res) => {
    const event = await eventOf(req, res);
    const own = await boothsOf({ couch }, event.owner);
    const here = own.filter((booth) => booth.event === event.event);
    const rows = await Promise.all(here.map((booth) => boothRow(o, booth)));
    const others = own.filter((booth) => booth.event !== event.event);
    const elsewhere = await couch.getMany<EventDoc>(
      'fleet',
      others.map((booth) => eventDocId(booth.event)),
    );
    res.render('events/booths', {
      event: { id: event.event, title: event.title },
      days: event.days && sayDays(event.days, res.locals),
      isOver: isOver(event),
      here: rows.map((row) => boothCard(row, now(), res.locals)),
      others: others.map(({ booth, name, choices }, i) => ({
        booth,
        name,
        at: elsewhere[i]?.title,
        isLeaving: event.booths.includes(booth) && !choices?.includes(event.event),
      })),
    });
  });

  /** Brings a booth to the event. */
  router.post('/events/:event/booths', async (req, res) => {
    const event = await eventOf(req, res);
    const { booth } = await access.boothFor(res.locals.account, textOf(req.body, 'booth'));
    await bringBooth(o, booth, event);
    await audit('booth moved', { actor: event.owner, subject: booth, details: { event: event.event } });
    res.redirect(303, `/events/${event.event}/booths`);
  });

  return router;
}

/** What both forms of an event need to be drawn. */
function formOf(draft: EventDraft, problems: EventProblem[], templates: TemplateChoice[]) {
  const keepDays = [...new Set([...KEEP_DAYS.map(String), draft.keepDays])].filter((days) => days !== '');
  return { draft, problems, keepDays, modes: MODES, filters: FILTERS, templates };
}
