import type { Couch } from '@photomaton/couch';
import type { Provisioner } from '@photomaton/couch/setup';
import {
  type BoothDoc,
  boothDatabase,
  type DesignDoc,
  isBoothId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import { Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { settleBooth } from '../events/settle-booth.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { newestOf, putEverywhere, tryOn, versionFor } from './designs.ts';
import type { DesignPages } from './pages.ts';
import { usedBy } from './used-by.ts';
import { type VersionArrival, versionArrival } from './version-arrival.ts';

/** Where a template is: on one booth first, then on all whose event offers it. */
export function rolloutRoutes(o: {
  couch: Couch;
  provisioner: Provisioner;
  audit: Audit;
  pages: DesignPages;
}): Router {
  const { couch, audit, pages } = o;
  const router = Router();
  router.use('/templates/:design/booths', requireCustomer);

  async function standingOf(design: DesignDoc, { booth, name }: BoothDoc) {
    const status = await couch.get<StatusDoc>(boothDatabase(booth), 'status');
    const version = versionFor(design, booth)?.version;
    const arrival: VersionArrival =
      version === undefined ? { kind: 'none' } : versionArrival(status, { name: design.name, version });
    return { booth, name, version, arrival };
  }

  router.get('/templates/:design/booths', async (req, res) => {
    const design = await pages.designOf(req, res);
    const { events, booths } = await usedBy(o, design);
    const rows = await Promise.all(booths.map((booth) => standingOf(design, booth)));
    const newest = newestOf(design)?.version;
    res.render('templates/booths', {
      ...{ name: design.name, title: design.draft.title, newest, everywhere: design.everywhere, rows },
      standing: standingIn(design, events.length > 0),
      isTried: rows.some(({ booth, arrival }) => booth === design.trial && arrival.kind === 'arrived'),
      trial: design.trial,
      events: events.map(({ event, title }) => ({ event, title })),
    });
  });

  router.post('/templates/:design/booths', async (req, res) => {
    const design = await pages.designOf(req, res);
    const { booths } = await usedBy(o, design);
    const act = textOf(req.body, 'act');
    const trial = textOf(req.body, 'booth');
    const actor = design.owner;
    if (act === 'everywhere') {
      await putEverywhere(o, design, Number(textOf(req.body, 'version')));
      await audit('template put on all booths', { actor, subject: design.name });
    } else if (isBoothId(trial) && booths.some(({ booth }) => booth === trial)) {
      await tryOn(o, design, trial);
      await audit('template tried', { actor, subject: design.name, details: { booth: trial } });
    } else return notFound();
    for (const { booth } of booths) await settleBooth(o, booth);
    res.redirect(303, `/templates/${design.name}/booths`);
  });
  return router;
}

/** How far it has come: what the page says first. */
function standingIn(design: DesignDoc, isUsed: boolean): 'unpublished' | 'unused' | 'waiting' | 'everywhere' {
  const newest = newestOf(design)?.version;
  if (newest === undefined) return 'unpublished';
  // What is taken out of every event before it was put out may wait too.
  if (newest !== design.everywhere && isUsed) return 'waiting';
  return isUsed ? 'everywhere' : 'unused';
}
