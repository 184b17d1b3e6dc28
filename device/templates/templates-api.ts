import { extname } from 'node:path';
import type { Settings } from '@photomaton/design-docs/settings';
import express, { type Router } from 'express';
import { loopbackOnly } from '../loopback-only.ts';
import { offeredLayouts } from './offer.ts';
import type { TemplatePreviews } from './previews.ts';
import type { Templates } from './templates.ts';

/**
 * What guests choose among, for the kiosk page, on loopback only: `GET /api/templates` lists what the event offers,
 * `GET /api/templates/:name/preview` shows one with the shipped photographs in it, `GET
 * /api/templates/:name/pictures/:image` a picture that came with it.
 */
export function templatesApi({
  templates,
  previews,
  settings,
}: {
  templates: Pick<Templates, 'offered' | 'picture'>;
  previews: TemplatePreviews;
  settings(): Promise<Settings>;
}): Router {
  const router = express.Router();
  router.use('/api/templates', loopbackOnly);

  router.get('/api/templates', async (_req, res) => {
    const layouts = offeredLayouts({ templates, previews }, await settings());
    res.set('Cache-Control', 'no-store').json({ templates: layouts });
  });

  router.get('/api/templates/:name/preview', async (req, res) => {
    const preview = await previews.of(req.params.name);
    if (!preview) {
      return void res
        .status(404)
        .json({ error: 'not-found', reason: 'no such template, or it cannot be drawn' });
    }
    // Whoever asks for a look of before gets that of now, and is not to take it for the other.
    const isIt = req.query.look === preview.look;
    res
      .set('Cache-Control', isIt ? 'private, max-age=31536000, immutable' : 'no-store')
      .type('jpeg')
      .send(preview.jpeg);
  });

  router.get('/api/templates/:name/pictures/:image', async (req, res) => {
    const { name: template, image } = req.params;
    const bytes = await templates.picture({ template, image });
    if (bytes) res.set('Cache-Control', 'private, no-cache').type(extname(image)).send(Buffer.from(bytes));
    else res.status(404).json({ error: 'not-found', reason: 'no such picture' });
  });

  return router;
}

/** Where the page gets the event's backdrop: another address when it is another picture. Undefined: there is none. */
export function backdropUrl(
  templates: Pick<Templates, 'revision'>,
  { greenScreen }: Pick<Settings, 'greenScreen'>,
): string | undefined {
  if (!greenScreen) return undefined;
  const { template, image } = greenScreen.background;
  const revision = templates.revision(template);
  return revision && `/api/templates/${template}/pictures/${image}?of=${encodeURIComponent(revision)}`;
}
