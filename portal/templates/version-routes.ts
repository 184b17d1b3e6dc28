import type { Couch } from '@photomaton/couch';
import type { DesignDoc } from '@photomaton/design-docs/docs';
import { type Request, Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { withPictures } from './choices.ts';
import { saveDraft } from './designs.ts';
import type { DesignPages } from './pages.ts';

/** The versions of a template that are kept: looked at, and brought back. */
export function versionRoutes(o: { couch: Couch; audit: Audit; pages: DesignPages; now(): Date }): Router {
  const { audit, pages } = o;
  const router = Router();
  router.use('/templates/:design/versions', requireCustomer);
  const versionOf = ({ versions }: DesignDoc, wanted: unknown) =>
    versions.find(({ version }) => String(version) === wanted) ?? notFound();

  router.get('/templates/:design/versions', async (req: Request, res) => {
    const design = await pages.designOf(req, res);
    const time = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'long', timeStyle: 'short' });
    res.render('templates/versions', {
      ...{ name: design.name, title: design.draft.title, edition: design.edition },
      versions: design.versions.toReversed().map(({ version, at, layout }) => ({
        ...{ version, at: time.format(new Date(at)), size: layout.size },
        isEverywhere: version === design.everywhere,
      })),
    });
  });

  router.get('/templates/:design/versions/:version', async (req, res) => {
    const design = await pages.designOf(req, res);
    const template = await withPictures(o, design, versionOf(design, req.params.version).layout);
    if (!template) return notFound();
    await pages.draw(res, template, { event: undefined, isSmall: req.query.small !== undefined });
  });

  /** Its layout is the draft again: nothing changes on booths before that is published. */
  router.post('/templates/:design/versions', async (req, res) => {
    const design = await pages.designOf(req, res);
    const { layout, version } = versionOf(design, textOf(req.body, 'version'));
    const { edition } = design;
    const saved = await saveDraft(o, design, { edition, layout });
    if (saved.kind === 'saved') {
      const details = { version };
      await audit('template version brought back', { actor: design.owner, subject: design.name, details });
    }
    res.redirect(303, `/templates/${design.name}?said=${saved.kind === 'saved' ? 'saved' : ''}`);
  });
  return router;
}
