import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserCode, lookStyles } from '@photomaton/design-docs/look';
import compression from 'compression';
import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import { securityHeaders } from '../kiosk/security-headers.ts';
import { captivePortal } from './captive.ts';

const SETUP = fileURLToPath(new URL('.', import.meta.url));
const TITLE_FONT = fileURLToPath(
  import.meta.resolve('@fontsource/fraunces/files/fraunces-latin-600-normal.woff2'),
);
const FOR_EVER = 'public, immutable, max-age=31536000';

/** All that a phone in the hotspot reaches: the setup page and, if allowed, pictures. */
export function setupApp({
  address,
  isFree,
  setup,
  photos,
  log,
}: {
  /** Of the page: `http://10.42.0.1`. */
  address(): string;
  isFree(phone: string | undefined): boolean;
  setup: Router;
  photos: Router;
  log: Logger;
}): express.Express {
  // On a weak signal the page is there within a second: of our fonts it has the one of the titles, in one weight.
  const css = [lookStyles({ fonts: false }), readFileSync(join(SETUP, 'setup.css'), 'utf8')].join('\n');
  const version = createHash('sha256').update(css).digest('base64url').slice(0, 10);

  const app = express();
  app.disable('x-powered-by');
  app.set('view engine', 'ejs');
  app.set('views', join(SETUP, 'views'));
  // Named by content and kept: the last page is shown while the network goes, and must not ask again.
  app.locals.css = `/setup.${version}.css`;

  app.use(compression());
  app.use(captivePortal({ address, isFree }), sameOrigin(address), securityHeaders());
  app.get(app.locals.css, (_req, res) => {
    res.set('Cache-Control', FOR_EVER).type('css').send(css);
  });
  app.get('/title.woff2', (_req, res) => {
    res.set('Cache-Control', FOR_EVER).sendFile(TITLE_FONT);
  });
  app.get('/page.ts', browserCode({ folder: SETUP }));
  // A browser asks for it by itself, and there is nothing to show.
  app.get('/favicon.ico', (_req, res) => {
    res.status(204).end();
  });
  app.use(setup, photos);

  app.use((_req, res) => {
    res.status(404).type('text').send('not found');
  });
  app.use(((err: Error & { status?: number }, _req, res, _next) => {
    const status = err.status ?? 500;
    if (status >= 500) log.error({ err }, 'setup page failed');
    if (res.headersSent) res.destroy();
    else
      res
        .status(status)
        .type('text')
        .send(status < 500 ? err.message : 'the booth failed to do this');
  }) satisfies ErrorRequestHandler);
  return app;
}

/** A page of another origin, open in the phone's browser, must not give the booth a network. */
function sameOrigin(address: () => string): express.RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers;
    if (origin === undefined || origin === address()) next();
    else res.status(403).type('text').send('not from this page');
  };
}
