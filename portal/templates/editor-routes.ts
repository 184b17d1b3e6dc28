import type { Couch } from '@photomaton/couch';
import { type DesignDoc, PICTURE_ATTACHMENT, pictureId } from '@photomaton/design-docs/docs';
import { COLOUR_ROLES, FILTER_NAMES, imagesOf, type Template } from '@photomaton/design-docs/template';
import type { ImageWorker, TemplateWithImages } from '@photomaton/device/image';
import { type Request, type Response, Router } from 'express';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import { MODES } from '../events/offers.ts';
import { sendPicture } from '../gallery/send-picture.ts';
import { textOf } from '../web/form-body.ts';
import { notFound } from '../web/http-errors.ts';
import { addOverlay, changeLayout } from './change-layout.ts';
import { withPictures } from './choices.ts';
import { newestOf, saveDraft } from './designs.ts';
import { draftOfLayout, type LayoutDraft, layoutOf, readLayout } from './layout-form.ts';
import { judgeLayout, type LayoutProblems } from './layout-problems.ts';
import type { DesignPages } from './pages.ts';
import { addPicture, loadPictures, MAX_TEMPLATE_BYTES } from './pictures.ts';
import { pixelsOf, softPictures } from './soft-pictures.ts';
import { usedBy } from './used-by.ts';

/** What a page of the editor shows besides the template itself. */
interface Shown {
  draft: LayoutDraft;
  edition: number;
  problems?: LayoutProblems;
  /** What became of it: a word for the notice above. */
  said?: 'saved' | 'published' | 'overtaken' | 'not-saved' | `picture-${string}`;
  status?: number;
}

/** The editor of one template: its form, what its buttons do, and how it looks. The script only adds to it. */
export function editorRoutes(o: {
  couch: Couch;
  audit: Audit;
  images: Pick<ImageWorker, 'check'>;
  pages: DesignPages;
  now(): Date;
}): Router {
  const { couch, audit, pages } = o;
  const router = Router();
  router.use('/templates/:design', requireCustomer);

  async function show(req: Request, res: Response, design: DesignDoc, shown: Shown): Promise<void> {
    const events = await pages.events(res);
    const wanted = textOf(req.body ?? {}, 'event') || req.query.event;
    const pixels = await pixelsOf(o, design.owner, shown.draft);
    res.status(shown.status ?? 200).render('templates/editor', {
      ...{ problems: {}, said: undefined, ...shown, name: design.name, title: design.draft.title },
      newest: newestOf(design)?.version,
      events: events.map(({ event, title }) => ({ event, title })),
      event: events.find(({ event }) => event === wanted)?.event ?? events[0]?.event ?? '',
      ...{ modes: MODES, filters: FILTER_NAMES, roles: COLOUR_ROLES },
      ...{ pixels, soft: softPictures(shown.draft, pixels) },
    });
  }

  router.get('/templates/:design', async (req, res) => {
    const design = await pages.designOf(req, res);
    const said = ['saved', 'published'].find((one) => one === req.query.said) as Shown['said'];
    await show(req, res, design, {
      ...{ draft: draftOfLayout(design.draft), edition: design.edition },
      ...(said && { said }),
    });
  });

  router.post('/templates/:design', async (req, res) => {
    const design = await pages.designOf(req, res);
    const draft = readLayout(req.body);
    const edition = Number(textOf(req.body, 'edition'));
    const act = textOf(req.body, 'act');
    if (act === 'upload') return await takePicture(req, res, design, { draft, edition });
    if (act !== 'save' && act !== 'publish') {
      return await show(req, res, design, { draft: changeLayout(draft, act), edition });
    }
    const judged = await judge(res, design, draft);
    if ('problems' in judged) {
      const { problems } = judged;
      return await show(req, res, design, { draft, edition, problems, said: 'not-saved', status: 422 });
    }
    const isUsed = (await usedBy(o, design)).events.length > 0;
    const saved = await saveDraft(o, design, {
      ...{ edition, layout: judged.template },
      ...(act === 'publish' && { publish: { isUsed } }),
    });
    if (saved.kind === 'gone') return notFound();
    if (saved.kind === 'overtaken') {
      // With the edition of now: who saves again has been told, and means it.
      return await show(req, res, design, { draft, edition: saved.edition, said: 'overtaken', status: 409 });
    }
    await audit(`template ${act === 'publish' ? 'published' : 'changed'}`, {
      ...{ actor: design.owner, subject: design.name },
    });
    const where =
      act === 'publish' && isUsed ? '/booths' : `?said=${act === 'publish' ? 'published' : 'saved'}`;
    res.redirect(303, `/templates/${design.name}${where}`);
  });

  /** Puts what was uploaded on the page, or behind it; nothing is saved by that. */
  async function takePicture(
    req: Request,
    res: Response,
    design: DesignDoc,
    { draft, edition }: { draft: LayoutDraft; edition: number },
  ): Promise<void> {
    const added = await addPicture(o, design.owner, req.files?.picture?.bytes ?? new Uint8Array());
    if (added.kind === 'refused') {
      return await show(req, res, design, { draft, edition, said: `picture-${added.why}`, status: 422 });
    }
    const isBackground = textOf(req.body, 'place') === 'background';
    const head = { ...draft.head, 'background.image': added.image };
    await show(req, res, design, {
      ...{ draft: isBackground ? { ...draft, head } : addOverlay(draft, added), edition },
    });
  }

  /** A layout that every booth will take, with its pictures; or what is wrong with it. */
  async function judge(
    res: Response,
    { owner, name, draft: { version } }: DesignDoc,
    draft: LayoutDraft,
  ): Promise<TemplateWithImages | { problems: LayoutProblems }> {
    const { t } = res.locals;
    const judged = judgeLayout(layoutOf(draft), { name, version }, t);
    if ('problems' in judged) return judged;
    const { layout } = judged;
    const images = await loadPictures(o, owner, layout);
    const problems = pictureProblems(layout, images, t);
    if (Object.keys(problems).length > 0) return { problems };
    const checked = await o.images.check(layout, images);
    if (checked.kind === 'failed') throw new Error(`a layout cannot be checked: ${checked.reason}`);
    if (checked.kind === 'refused') return { problems: { slots: checked.problems.join('; ') } };
    return { template: layout, images };
  }

  /** What was typed as the booth would make it; nothing is saved by that. */
  router.post('/templates/:design/preview', async (req, res) => {
    const design = await pages.designOf(req, res);
    const draft = readLayout(req.body);
    const judged = await judge(res, design, draft);
    if ('problems' in judged) {
      const edition = Number(textOf(req.body, 'edition'));
      const { problems } = judged;
      return await show(req, res, design, { draft, edition, problems, said: 'not-saved', status: 422 });
    }
    await pages.draw(res, judged, { event: textOf(req.body, 'event') });
  });

  /** The draft as it was saved. */
  router.get('/templates/:design/picture', async (req, res) => {
    const design = await pages.designOf(req, res);
    const template = await withPictures(o, design, design.draft);
    if (!template) return notFound();
    await pages.draw(res, template, { event: req.query.event, isSmall: req.query.small !== undefined });
  });

  /** A picture of the account's own, for the form. */
  router.get('/templates/:design/pictures/:image', async (req, res) => {
    const { owner } = await pages.designOf(req, res);
    const { image } = req.params;
    const type = (['png', 'webp'] as const).find((ending) => image.endsWith(`.${ending}`));
    await sendPicture(
      { couch, req, res },
      {
        ...{ db: 'designs', id: pictureId(owner, image), attachment: PICTURE_ATTACHMENT },
        ...(type && { type: `image/${type}` }),
      },
    );
  });
  return router;
}

function pictureProblems(
  layout: Template,
  images: ReadonlyMap<string, Uint8Array>,
  t: Express.Locals['t'],
): LayoutProblems {
  const problems: LayoutProblems = {};
  const isMissing = (image: string | undefined) => image !== undefined && !images.has(image);
  if (isMissing(layout.background.image)) problems['background.image'] = t('templates:problem-image');
  for (const [i, { image }] of layout.overlays.entries()) {
    if (isMissing(image)) problems[`overlays.${i}.image`] = t('templates:problem-image');
  }
  const bytes = imagesOf(layout).reduce((sum, image) => sum + (images.get(image)?.length ?? 0), 0);
  if (bytes > MAX_TEMPLATE_BYTES) {
    problems.overlays = t('templates:problem-heavy', { most: MAX_TEMPLATE_BYTES / 2 ** 20 });
  }
  return problems;
}
