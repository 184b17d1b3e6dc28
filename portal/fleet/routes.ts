import { isDeepStrictEqual } from 'node:util';
import type { Couch, Stored } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import { type BoothDoc, boothDocId, type EventDoc, eventDocId } from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { sayWhen } from '../events/event-card.ts';
import { withChoices } from '../events/event-choices.ts';
import { eventsOf } from '../events/event-list.ts';
import { settleBooth } from '../events/settle-booth.ts';
import type { Access } from './access.ts';
import { boothCard } from './booth-card.ts';
import { type BoothDraft, type BoothProblem, draftOfBooth, judgeBooth, readBoothForm } from './booth-form.ts';
import { boothRow, listBooths } from './booth-list.ts';

/** Of her latest events the owner allows some on a booth, and those that she allowed before. */
const EVENTS_OFFERED = 100;

/** "My photo booths", and the settings of each. */
export function fleetRoutes(o: {
  couch: Couch;
  provisioner: Provisioner;
  access: Access;
  audit: Audit;
  now(): Date;
}): Router {
  const { couch, access, audit } = o;
  const router = Router();
  const pageOf = async ({ query }: Request, res: Response) => {
    const { booths, next } = await listBooths(o, customerOf(res).id, query.from);
    return { booths: booths.map((row) => boothCard(row, o.now(), res.locals)), next };
  };
  router.get('/booths', requireCustomer, async (req, res) => {
    const page = await pageOf(req, res);
    res.render('fleet/booths', {
      ...page,
      paired: page.booths.find(({ booth }) => booth === req.query.paired),
    });
  });
  /** The cards alone, for the page's script. */
  router.get('/booths/cards', requireCustomer, async (req, res) => {
    res.render('fleet/cards', await pageOf(req, res));
  });

  router.use('/booths/:booth', requireCustomer);
  const boothOf = (req: Request, res: Response): Promise<BoothDoc & Stored> =>
    access.boothFor(res.locals.account, req.params.booth);

  async function offeredTo({ owner, choices = [] }: BoothDoc): Promise<EventDoc[]> {
    const open = (await eventsOf(o, owner)).filter(({ erasing }) => !erasing);
    return open.filter(({ event }, i) => i < EVENTS_OFFERED || choices.includes(event));
  }

  async function show(
    res: Response,
    doc: BoothDoc,
    page: { draft: BoothDraft; problems: BoothProblem[]; saved: boolean },
  ) {
    const [row, event, events] = await Promise.all([
      boothRow(o, doc),
      couch.get<EventDoc>('fleet', eventDocId(doc.event)),
      offeredTo(doc),
    ]);
    res.status(page.problems.length > 0 ? 422 : 200).render('fleet/booth', {
      ...page,
      card: boothCard(row, o.now(), res.locals),
      eventTitle: event?.title ?? '',
      events: events.map(({ event: id, title, days, createdAt }) => ({
        ...{ id, title, when: sayWhen({ days, createdAt }, res.locals), isPresent: id === doc.event },
      })),
    });
  }

  router.get('/booths/:booth', async (req, res) => {
    const doc = await boothOf(req, res);
    await show(res, doc, { draft: draftOfBooth(doc), problems: [], saved: req.query.saved === 'yes' });
  });

  router.post('/booths/:booth', async (req, res) => {
    const doc = await boothOf(req, res);
    const draft = readBoothForm(req.body);
    const judged = judgeBooth(draft, await offeredTo(doc));
    if ('problems' in judged) return await show(res, doc, { draft, problems: judged.problems, saved: false });
    const { booth, owner } = doc;
    const { choices, ...choice } = judged.choice;
    await couch.update<BoothDoc>('fleet', boothDocId(booth), (found) =>
      // Paired to somebody else meanwhile, it is not ours to set.
      found?.owner === owner ? withChoices({ ...found, ...choice }, choices) : undefined,
    );
    await audit('booth settings changed', {
      ...{ actor: owner, subject: booth },
      ...(!isDeepStrictEqual(choices, doc.choices ?? []) && { details: { choices: choices.length } }),
    });
    await settleBooth(o, booth);
    res.redirect(303, `/booths/${booth}?saved=yes`);
  });
  return router;
}
