import express, { type Router } from 'express';
import type { TFunction } from 'i18next';
import { z } from 'zod';
import type { Language } from '../i18n/catalogue.ts';
import { type SimulatedNetwork, VENUE } from '../network/simulated.ts';

const form = z.object({ reach: z.enum(['none', 'offline', 'captive', 'online']) });

/** `/demo`: plays with the world around the booth. Only there when DEMO=1. */
export function demoRoutes({
  network,
  translators,
  restart,
  setupAddress,
}: {
  network: SimulatedNetwork;
  translators: Record<Language, TFunction>;
  /** A booth without Wi-Fi is one that was carried to another place and switched on there. */
  restart(): void;
  /** Of the page that a phone gets; it is there while the hotspot is. */
  setupAddress(): string;
}): Router {
  const router = express.Router();
  router.get('/', (req, res) => {
    const lang = req.acceptsLanguages('fr', 'en') === 'en' ? 'en' : 'fr';
    res.set('Cache-Control', 'no-store');
    res.render('demo', {
      t: translators[lang],
      lang,
      ...network.state(),
      venue: VENUE,
      setupAddress: setupAddress(),
    });
  });
  router.post('/network', express.urlencoded({ extended: false, limit: '1kb' }), async (req, res) => {
    const given = form.safeParse(req.body);
    if (!given.success) {
      res.status(400).type('text').send('reach: none, offline, captive or online');
      return;
    }
    await network.setReach(given.data.reach);
    res.redirect(303, req.baseUrl);
    if (given.data.reach === 'none') res.on('finish', restart);
  });
  return router;
}
