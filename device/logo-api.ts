import { Router } from 'express';
import { loopbackOnly } from './loopback-only.ts';
import type { BoothDb } from './sync/booth-db.ts';

/** `GET /api/logo`: the event's logo, for the first screen; its address changes with it. */
export function logoApi({ boothDb }: { boothDb: Pick<BoothDb, 'logo'> }): Router {
  const router = Router();
  router.get('/api/logo', loopbackOnly, async (_req, res) => {
    const logo = await boothDb.logo();
    if (logo) res.set('Cache-Control', 'private, max-age=86400').type('webp').send(logo.webp);
    else res.status(404).json({ error: 'not-found', reason: 'the event has no logo' });
  });
  return router;
}
