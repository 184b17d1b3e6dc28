import type { Settings } from '@photomaton/design-docs/settings';
import express, { type Router } from 'express';
import { loopbackOnly } from '../loopback-only.ts';
import { offeredLayouts } from './offer.ts';
import type { TemplatePreviews } from './previews.ts';
import type { Templates } from './templates.ts';

/**
 * What guests choose among, for the kiosk page, on loopback only: `GET /api/templates` lists what the event offers,
 * `GET /api/templates/:name/preview` shows one with the shipped photographs in it.
 */
export function templatesApi({
  templates,
  previews,
  settings,
}: {
  templates: Pick<Templates, 'offered'>;
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

  return router;
}
