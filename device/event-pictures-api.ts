import type { Settings } from '@photomaton/design-docs/settings';
import { Router } from 'express';
import type { Backdrops } from './backdrops.ts';
import { loopbackOnly } from './loopback-only.ts';
import type { EventPicture } from './sync/booth-db.ts';

/**
 * The event's pictures for the page, whose addresses change with them: `GET /api/logo` for the first screen, `GET
 * /api/backdrop` for the live view before a green screen.
 */
export function eventPicturesApi({
  logo,
  backdrops,
  settings,
}: {
  logo(): Promise<EventPicture | undefined>;
  backdrops: Pick<Backdrops, 'read'>;
  settings(): Pick<Settings, 'greenScreen'>;
}): Router {
  const router = Router();

  const pictures = {
    logo: { type: 'webp', read: async () => (await logo())?.bytes },
    backdrop: {
      type: 'jpeg',
      async read() {
        const { greenScreen } = settings();
        return greenScreen === undefined ? undefined : await backdrops.read(greenScreen);
      },
    },
  };
  for (const [name, { type, read }] of Object.entries(pictures)) {
    router.get(`/api/${name}`, loopbackOnly, async (_req, res) => {
      const bytes = await read();
      if (bytes) res.set('Cache-Control', 'private, max-age=86400').type(type).send(bytes);
      else res.status(404).json({ error: 'not-found', reason: `the event has no ${name}` });
    });
  }
  return router;
}
