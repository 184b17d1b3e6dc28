import { randomUUID } from 'node:crypto';
import express, { type Request, type Router } from 'express';
import sharp from 'sharp';
import type { Layout } from '../session.ts';

/**
 * The daemon's side of visits, as small as it can be: takes shots, makes a picture of them, keeps all in memory. It
 * shows what the kiosk page asks for, and answers what a test wants to see handled.
 */

export const LAYOUTS: Omit<Layout, 'preview' | 'places'>[] = [
  { name: 'full-bleed', title: { fr: 'Plein cadre', en: 'Full frame' }, mode: 'single', shots: 1 },
  { name: 'classic-strip', title: { fr: 'Bande classique', en: 'Classic strip' }, mode: 'strip', shots: 3 },
  { name: 'boomerang', title: { fr: 'Boomerang', en: 'Boomerang' }, mode: 'boomerang', shots: 1 },
];
const SIZES: Record<string, [number, number]> = {
  'full-bleed': [1800, 1200],
  'classic-strip': [600, 1800],
  boomerang: [1200, 1200],
};

export interface Visits {
  router: Router;
  /** What came, in order: `POST shots/0`. */
  requests: string[];
  /** The shots of each visit; a retake has taken the place of what was before. */
  visits: Map<string, Map<number, Buffer>>;
  finished: { template: string; filter: string; language: string }[];
  /** Photos of their own. */
  loose: Buffer[];
  /** Answers of this request, next time, with this status; 0 drops the connection. */
  answer(request: RegExp, status: number): void;
  /** From now on the layouts look different. */
  redraw(): void;
  /** From now on pictures are not shown before it is called. */
  hold(): () => void;
}

export function createVisits(): Visits {
  const router = express.Router();
  const made: Pick<Visits, 'requests' | 'visits' | 'finished' | 'loose'> = {
    requests: [],
    visits: new Map(),
    finished: [],
    loose: [],
  };
  const planned: { request: RegExp; status: number }[] = [];
  const photos = new Map<string, Buffer>();
  let look = 1;
  let held = Promise.resolve();
  const keep = (jpeg: Buffer) => {
    const id = `photo:${photos.size + 1}`;
    photos.set(id, jpeg);
    return { id, name: '14Jul2026_153012.jpg', shareUrl: `http://localhost:8080/p/${randomUUID()}` };
  };
  const visitOf = (req: Request) => {
    const key = String(req.params.key);
    const visit = made.visits.get(key) ?? new Map<number, Buffer>();
    made.visits.set(key, visit);
    return visit;
  };

  router.use((req, res, next) => {
    // The page also says how its camera is, to another part of the booth.
    if (req.path.startsWith('/api/camera/')) return next();
    const what = req.path.replace(/^\/api\/(?:visits\/[\w-]{36}\/?)?/, '');
    if (req.method === 'POST') made.requests.push(what);
    if (req.method === 'DELETE') made.requests.push('discard');
    const i = planned.findIndex(({ request }) => request.test(`${req.method} ${req.path}`));
    const [plan] = i < 0 ? [] : planned.splice(i, 1);
    if (!plan) next();
    else if (plan.status === 0) req.socket.destroy();
    else res.status(plan.status).json({ error: 'as planned' });
  });
  const jpeg = express.raw({ type: 'image/jpeg', limit: '30mb' });

  router.get('/api/templates', (_req, res) => {
    res.json({
      templates: LAYOUTS.map((layout) => ({
        ...layout,
        places: [],
        preview: `/api/previews/${layout.name}.png?${look}`,
      })),
    });
  });
  router.get('/api/previews/:file', async (req, res) => {
    res.type('png').send(await preview(req.params.file.replace('.png', '')));
  });
  router.post('/api/visits/:key/shots/:i', jpeg, (req, res) => {
    visitOf(req).set(Number(req.params.i), req.body as Buffer);
    res.status(201).json({ shot: Number(req.params.i) });
  });
  router.get('/api/visits/:key/picture', async (req, res) => {
    await held;
    res.type('jpeg').send(await compose(String(req.query.template), [...visitOf(req).values()]));
  });
  router.delete('/api/visits/:key', (req, res) => {
    made.visits.delete(req.params.key);
    res.status(204).end();
  });
  router.post('/api/visits/:key/finish', express.json(), async (req, res) => {
    const { template, filter, language } = req.body as Visits['finished'][number];
    const layout = LAYOUTS.find(({ name }) => name === template);
    const visit = visitOf(req);
    if (!layout || visit.size < layout.shots) return void res.status(409).json({ error: 'not-all-there' });
    made.finished.push({ template, filter, language });
    res.status(201).json(keep(await compose(template, [...visit.values()])));
  });
  router.post('/api/photos', jpeg, (req, res) => {
    made.loose.push(req.body as Buffer);
    res.status(201).json(keep(req.body as Buffer));
  });
  router.get('/api/photos', (_req, res) => {
    res.json({ total: photos.size, photos: [...photos.keys()].reverse().map((id) => ({ id })) });
  });
  router.get('/api/photos/:id/:picture', (req, res) => {
    res.type('jpeg').send(photos.get(req.params.id));
  });
  return {
    router,
    ...made,
    answer: (request, status) => void planned.push({ request, status }),
    redraw: () => {
      look += 1;
    },
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
  };
}

async function preview(name: string): Promise<Buffer> {
  const [width, height] = SIZES[name] ?? [1200, 1200];
  const file = new URL('../camera/player/astronaut.jpg', import.meta.url).pathname;
  return sharp(
    await compose(name, Array(name === 'classic-strip' ? 3 : 1).fill(await sharp(file).toBuffer())),
  )
    .resize(Math.round(width / 3), Math.round(height / 3))
    .png()
    .toBuffer();
}

/** Shots under one another on paper. */
async function compose(name: string, shots: Buffer[]): Promise<Buffer> {
  const [width, height] = SIZES[name] ?? [1200, 1200];
  const border = name === 'full-bleed' ? 0 : 40;
  const each = {
    width: width - 2 * border,
    height: Math.floor((height - border * (shots.length + 1)) / shots.length),
  };
  const slots = await Promise.all(shots.map((shot) => sharp(shot).resize(each).toBuffer()));
  return sharp({ create: { width, height, channels: 3, background: '#fbf7f0' } })
    .composite(slots.map((input, i) => ({ input, left: border, top: border + i * (each.height + border) })))
    .jpeg()
    .toBuffer();
}
