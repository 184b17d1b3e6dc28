import type { Couch } from '@photomaton/couch';
import type { Template } from '@photomaton/design-docs/template';
import { builtInTemplates } from '@photomaton/device/image';
import { type Response, Router } from 'express';
import { customerOf } from '../accounts/customer-of.ts';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { templateChoices } from './choices.ts';
import { createDesign, findDesign, listDesigns, MAX_DESIGNS, newestOf } from './designs.ts';
import type { DesignPages } from './pages.ts';
import { dropUnused, keepPicture } from './pictures.ts';
import { usedBy } from './used-by.ts';

/** "My templates": those of the account, a new one as the copy of another, and away with one. */
export function templatesRoutes(o: { couch: Couch; audit: Audit; pages: DesignPages; now(): Date }): Router {
  const { couch, audit, pages } = o;
  const router = Router();
  router.use('/templates', requireCustomer);

  async function showList(res: Response, isFull = false) {
    const { id } = customerOf(res);
    const [designs, choices] = await Promise.all([listDesigns(o, id), templateChoices(o, id)]);
    const builtIn = builtInTemplates().map(({ template }) => template.name);
    res.status(isFull ? 422 : 200).render('templates/list', {
      ...{ isFull, most: MAX_DESIGNS },
      designs: designs.map((design) => ({
        ...{ name: design.name, edition: design.edition, draft: design.draft },
        isPublished: newestOf(design) !== undefined,
      })),
      builtIn: choices.filter(({ name }) => builtIn.includes(name)),
    });
  }

  router.get('/templates', (_req, res) => showList(res));

  /** One that every booth has, with guests of hers in it. */
  router.get('/templates/:template/sample', async (req, res) => {
    const builtIn = builtInTemplates().find(({ template }) => template.name === req.params.template);
    if (!builtIn) return notFound();
    await pages.draw(res, builtIn, { event: undefined, isSmall: true });
  });

  /** A new one, with the layout of another. */
  router.post('/templates', async (req, res) => {
    const { id: owner } = customerOf(res);
    const layout = await layoutToCopy(owner, textOf(req.body, 'from'));
    if (!layout) return notFound();
    if ((await listDesigns(o, owner)).length >= MAX_DESIGNS) return await showList(res, true);
    const { name } = await createDesign(o, owner, layout);
    await audit('template created', { actor: owner, subject: name });
    res.redirect(303, `/templates/${name}`);
  });

  /** Of an own one its draft; of one that every booth has its layout, with pictures that are the account's own then. */
  async function layoutToCopy(owner: string, from: string): Promise<Template | undefined> {
    const builtIn = builtInTemplates().find(({ template }) => template.name === from);
    if (!builtIn) return (await findDesign(o, owner, from))?.draft;
    const { template } = builtIn;
    const names = new Map<string, string>();
    for (const [name, bytes] of builtIn.images) {
      names.set(name, await keepPicture(o, owner, { bytes, type: 'image/png' }));
    }
    const { image } = template.background;
    return {
      ...template,
      background: { ...template.background, ...(image && { image: names.get(image) ?? image }) },
      overlays: template.overlays.map((one) => ({ ...one, image: names.get(one.image) ?? one.image })),
    };
  }

  router.get('/templates/:design/remove', async (req, res) => {
    const design = await pages.designOf(req, res);
    const { events } = await usedBy(o, design);
    res.render('templates/remove', {
      ...{ name: design.name, title: design.draft.title, edition: design.edition },
      events: events.map(({ event, title }) => ({ event, title })),
    });
  });

  router.post('/templates/:design/remove', async (req, res) => {
    const design = await pages.designOf(req, res);
    const { events } = await usedBy(o, design);
    // The page says which, and how it is taken out of them.
    if (events.length > 0) return res.redirect(303, `/templates/${design.name}/remove`);
    await audit('template removed', { actor: design.owner, subject: design.name });
    await couch.remove('designs', design._id, design._rev);
    await dropUnused(o, design.owner);
    res.redirect(303, '/templates');
  });
  return router;
}
