import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserCode, lookRoutes } from '@photomaton/design-docs/look';
import express, { type ErrorRequestHandler, type Router } from 'express';
import type { Logger } from 'pino';
import type { BoothShell } from '../booth-shell.ts';
import type { Config } from '../config.ts';
import type { Language, Texts } from '../i18n/catalogue.ts';
import { loopbackOnly } from '../loopback-only.ts';
import type { LiveState } from './live-state.ts';
import { sendQr } from './qr.ts';
import { securityHeaders } from './security-headers.ts';

const DEVICE = fileURLToPath(new URL('..', import.meta.url));
const I18NEXT = join(
  dirname(fileURLToPath(import.meta.resolve('i18next/package.json'))),
  'dist/esm/i18next.js',
);
/** The modules that run in the kiosk page; the daemon's own are nobody's business. */
const PAGE_MODULES =
  /^\/(?:kiosk\/page\/|camera\/[^/]+$|session\.ts$|image\/(?:filters|green-screen|render\/crop|vision\/frames)\.ts$)/;
/** Loopback, and no setting for it: nothing but this machine's own screen speaks with this server. */
const HOST = '127.0.0.1';
/** A request that is still under way then (a photo takes well under a second) is cut off. */
const DRAIN_MS = 1_500;

/** The kiosk's pages and interface. */
export function kioskApp({
  config,
  shell,
  live,
  texts,
  camera,
  photos,
  vision,
  maintenance,
  demo,
  health,
  log,
}: {
  config: Pick<Config, 'camera'>;
  shell: Pick<BoothShell, 'tell' | 'answerPairing'>;
  live: Pick<LiveState, 'stream'>;
  texts: Record<Language, Texts>;
  /** Of a camera that the daemon holds. */
  camera?: Router | undefined;
  photos: Router;
  vision: Router;
  maintenance: Router;
  demo: Router | undefined;
  /** What `GET /healthz` says. */
  health(): Promise<object>;
  log: Logger;
}): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('view engine', 'ejs');
  app.set('views', join(DEVICE, 'kiosk/views'));

  app.use(loopbackOnly, securityHeaders());
  app.use('/look', lookRoutes());
  app.use('/kiosk', express.static(join(DEVICE, 'kiosk/styles')));
  app.use('/pictures', express.static(join(DEVICE, 'camera/player'), { extensions: ['jpg'] }));
  const code = browserCode({ folder: DEVICE });
  app.use('/code', (req, res, next) => (PAGE_MODULES.test(req.path) ? code(req, res, next) : next()));
  app.get('/vendor/i18next.js', (_req, res) => res.sendFile(I18NEXT));

  app.get('/', (_req, res) => {
    res.set('Cache-Control', 'no-store').render('kiosk', { camera: config.camera });
  });
  app.get('/i18n.json', (_req, res) => {
    res.set('Cache-Control', 'no-cache').json(texts);
  });
  // A browser asks for it by itself, and there is nothing to show.
  app.get('/favicon.ico', (_req, res) => {
    res.status(204).end();
  });
  app.get('/healthz', async (_req, res) => {
    res.set('Cache-Control', 'no-store').json(await health());
  });
  app.get('/api/state', live.stream);
  app.get('/api/qr', sendQr);
  app.post('/api/skip', (_req, res) => answer(res, shell.tell({ type: 'skip' })));
  app.post('/api/pair', (_req, res) => answer(res, shell.tell({ type: 'pair' })));
  app.post('/api/pairing/yes', (_req, res) => {
    shell.answerPairing(true);
    answer(res, true);
  });
  app.post('/api/pairing/no', (_req, res) => {
    shell.answerPairing(false);
    answer(res, true);
  });
  app.post('/api/guest/:is', (req, res) => {
    const runs = req.params.is === 'here';
    if (!runs && req.params.is !== 'gone') return answer(res, false);
    shell.tell({ type: 'session', runs });
    answer(res, true);
  });
  if (camera) app.use(camera);
  app.use(photos, vision);
  app.use('/api/maintenance', maintenance);
  if (demo) app.use('/demo', demo);

  app.use((_req, res) => {
    res.status(404).type('text').send('not found');
  });
  app.use(((err: Error & { status?: number }, _req, res, _next) => {
    const status = err.status ?? 500;
    if (status >= 500) log.error({ err }, 'request failed');
    if (res.headersSent) res.destroy();
    else res.status(status).json({ error: status < 500 ? err.message : 'the booth failed to do this' });
  }) satisfies ErrorRequestHandler);
  return app;
}

/** 204 when it was done, 409 when the booth is not where this means anything (a second tap, a late one). */
function answer(res: express.Response, done: boolean): void {
  res.status(done ? 204 : 409).end();
}

/** Listens on loopback. Rejects when the port is taken. `stop` lets requests under way finish. */
export async function listen(
  app: express.Express,
  port: number,
): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000 }, app);
  server.listen(port, HOST);
  await once(server, 'listening');
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${taken}`,
    port: taken,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      await closed;
      clearTimeout(deadline);
    },
  };
}
