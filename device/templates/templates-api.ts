import { extname } from 'node:path';
import type { Settings } from '@photomaton/design-docs/settings';
import { shotsOf, type Template } from '@photomaton/design-docs/template';
import express, { type Router } from 'express';
import { loopbackOnly } from '../loopback-only.ts';
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
    const { templates: names, modes } = await settings();
    const all = templates.offered(names);
    const offered = all.filter(({ mode }) => modes.includes(mode));
    // Something to take is better than nothing, whatever the choices come to together.
    res
      .set('Cache-Control', 'no-store')
      .json({ templates: (offered.length > 0 ? offered : all).map(listed) });
  });

  router.get('/api/templates/:name/preview', async (req, res) => {
    const jpeg = await previews.of(req.params.name);
    if (jpeg) res.set('Cache-Control', 'private, no-cache').type('jpeg').send(jpeg);
    else res.status(404).json({ error: 'not-found', reason: 'no such template, or it cannot be drawn' });
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
  templates: Pick<Templates, 'version'>,
  { greenScreen }: Pick<Settings, 'greenScreen'>,
): string | undefined {
  if (!greenScreen) return undefined;
  const { template, image } = greenScreen.background;
  const version = templates.version(template);
  return version === undefined
    ? undefined
    : `/api/templates/${template}/pictures/${image}?version=${version}`;
}

function listed(template: Template) {
  const { name, title, mode } = template;
  return { name, title, mode, shots: shotsOf(template), preview: `/api/templates/${name}/preview` };
}
