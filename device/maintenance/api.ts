import express, { type RequestHandler, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { EventSettings } from '../chosen-event.ts';
import { loopbackOnly } from '../loopback-only.ts';
import type { ChosenLanguage } from './language.ts';
import type { LogRing } from './log-ring.ts';
import { createPass } from './pass.ts';
import type { PinGate } from './pin-gate.ts';
import type { PowerOutcome } from './power.ts';

/** What the menu shows of the booth. */
export interface BoothFacts {
  serial: string;
  version: string;
  bound: boolean;
  network: { reach: string; ssid?: string };
  event?: { title: string };
  /** The language that was chosen on the booth, if any. */
  language?: 'fr' | 'en';
}

const opening = z.object({ pin: z.string().max(32).default('') });
const speaking = z.object({ language: z.enum(['fr', 'en', 'event']) });
const choosing = z.object({ id: z.string() });
const unpairing = z.object({ serial: z.string() });

/**
 * The maintenance menu, on loopback only. `POST open` takes the PIN and answers a token (an unbound booth has no
 * PIN; a bound one whose customer chose none stays closed); everything else wants that token as its `Bearer`.
 */
export function maintenanceApi({
  pin,
  gate,
  facts,
  logs,
  language,
  events,
  openSetup,
  restart,
  powerOff,
  unbind,
  now,
  log,
}: {
  /** `none`: nobody owns the booth. `closed`: its owner has not chosen one. */
  pin(): Promise<{ kind: 'pin'; pin: string } | { kind: 'none' | 'closed' }>;
  gate: PinGate;
  facts(): Promise<BoothFacts>;
  logs: Pick<LogRing, 'lines'>;
  language: Pick<ChosenLanguage, 'choose'>;
  events: {
    list: EventSettings['events'];
    /** False: its owner may have taken it back since the list was shown, or there is no room to finish visits. */
    choose: EventSettings['choose'];
  };
  /** Opens the hotspot, for another network. False when the booth is not where this means anything. */
  openSetup(): boolean;
  /** Restarts the parts of the booth. */
  restart(): void;
  powerOff(): Promise<PowerOutcome>;
  /** Forgets the customer; resolves when that would survive a power cut. */
  unbind(): Promise<void>;
  now(): number;
  log: Logger;
}): Router {
  const pass = createPass({ now });
  const router = express.Router();
  router.use(loopbackOnly, express.json({ limit: '1kb' }));
  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  const seconds = (ms: number) => Math.ceil(ms / 1000);

  /** What has to be given to come in. */
  router.get('/', async (_req, res) => {
    res.json({ pin: (await pin()).kind, waitS: seconds(gate.waitMs()) });
  });

  router.post('/open', async (req, res) => {
    const wanted = await pin();
    if (wanted.kind === 'closed') return refuse(res, 403, 'closed');
    if (wanted.kind === 'pin') {
      const given = opening.safeParse(req.body);
      if (!given.success) return refuse(res, 400, 'bad-pin');
      const guess = await gate.guess(given.data.pin, wanted.pin);
      if (guess.kind !== 'right') {
        log.warn({ outcome: guess.kind, waitMs: guess.waitMs }, 'maintenance stays closed');
        const waitS = seconds(guess.waitMs);
        res.status(guess.kind === 'wait' ? 429 : 403).json({ error: guess.kind, waitS });
        return;
      }
    }
    log.info('maintenance opens');
    res.json({ token: pass.give() });
  });

  const withPass: RequestHandler = (req, res, next) => {
    const token = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1];
    if (token !== undefined && pass.isGood(token)) next();
    else refuse(res, 401, 'no-pass');
  };
  router.use(withPass);

  router.get('/facts', async (_req, res) => {
    res.json(await facts());
  });
  router.get('/logs', (_req, res) => {
    res.json({ lines: logs.lines() });
  });
  router.post('/language', async (req, res) => {
    const given = speaking.safeParse(req.body);
    if (!given.success) return refuse(res, 400, 'bad-language');
    await language.choose(given.data.language === 'event' ? undefined : given.data.language);
    res.status(204).end();
  });
  router.get('/events', (_req, res) => {
    res.json({ events: events.list() });
  });
  router.post('/event', async (req, res) => {
    const given = choosing.safeParse(req.body);
    if (!given.success) return refuse(res, 400, 'bad-event');
    if (!(await events.choose(given.data.id))) return refuse(res, 409, 'not-offered');
    res.status(204).end();
  });
  router.post('/close', (_req, res) => {
    pass.end();
    res.status(204).end();
  });
  router.post('/setup', (_req, res) => {
    pass.end();
    if (openSetup()) res.status(204).end();
    else refuse(res, 409, 'not-now');
  });
  router.post('/restart', (_req, res) => {
    res.on('finish', restart).status(204).end();
  });
  router.post('/power-off', async (_req, res) => {
    const outcome = await powerOff();
    log.info({ outcome: outcome.kind }, 'shut down from the menu');
    if (outcome.kind === 'going') res.status(204).end();
    else res.status(501).json({ error: 'impossible', reason: outcome.detail });
  });
  // The serial is given once more, so that no stray request of a page lets a customer's booth go.
  router.post('/unpair', async (req, res) => {
    const given = unpairing.safeParse(req.body);
    const { serial, bound } = await facts();
    if (!given.success || given.data.serial !== serial || !bound) return refuse(res, 409, 'not-this-booth');
    await unbind();
    log.warn('unpaired from the menu');
    pass.end();
    res.on('finish', restart).status(204).end();
  });
  return router;
}

function refuse(res: Response, status: number, error: string): void {
  res.status(status).json({ error });
}
