import { FILTER_NAMES } from '@photomaton/design-docs/template';
import express, { type Response, type Router } from 'express';
import { z } from 'zod';
import { loopbackOnly } from '../loopback-only.ts';
import { bodyErrors, FULL, reject } from '../save-answers.ts';
import { FRAMES_MAX_BYTES, framesOfForm } from './frames.ts';
import type { Refused, Visits } from './visits.ts';

/** Why a visit does not go on: for programs (`error`) and for whoever reads a log (`reason`). */
const REFUSALS: Record<Exclude<Refused['kind'], 'rejected' | 'full'>, { status: number; reason: string }> = {
  'no-template': { status: 422, reason: 'there is no such template on this booth' },
  'no-such-shot': { status: 422, reason: 'the template has no such shot' },
  'not-frames': { status: 415, reason: 'the body is not a form with two to sixty parts called frame' },
  'too-many': { status: 429, reason: 'too many visits are not finished' },
  finished: { status: 409, reason: 'this visit is finished' },
  'no-visit': { status: 404, reason: 'there is no such visit' },
  'not-drawn': { status: 500, reason: 'it cannot be drawn; the end keeps the shots all the same' },
  'shots-missing': { status: 409, reason: 'the template takes shots that are not there' },
};

/** Of a film, when the page has not said it yet. */
const FIRST_CHOICE = 'boomerang';
/** As the page calls a visit; also the name of a folder. */
const KEY = /^[\w-]{8,64}$/;

const chosenSchema = z.object({
  template: z.string(),
  filter: z.enum(FILTER_NAMES).optional(),
  language: z.enum(['fr', 'en']).optional(),
});

function refuse(res: Response, refused: Refused): void {
  if (refused.kind === 'rejected') {
    reject(res, refused.reason);
    return;
  }
  const { status, ...answer } =
    refused.kind === 'full' ? { status: 507, ...FULL } : { error: refused.kind, ...REFUSALS[refused.kind] };
  res.status(status).json(answer);
}

/**
 * The kiosk page's way through a visit, on loopback only. `:key` is the page's own; `template` and `filter` are in the
 * query of a shot and in the JSON of the end.
 * `POST /api/visits/:key/shots/:i` (body: the JPEG) and `POST /api/visits/:key/clip` (frames.ts) answer 201 when they
 * would survive the plug being pulled, and replace what was there (a clip may leave its template to the end);
 * `GET /api/visits/:key/picture` and `…/film` (animated WebP) show what they would become; `POST
 * /api/visits/:key/finish` answers as `POST /api/photos` does, again and again the same; `DELETE /api/visits/:key`: the
 * guest does not want it.
 */
export function visitsApi({
  visits,
  maxPhotoBytes,
  shareUrl,
}: {
  visits: Pick<Visits, 'shot' | 'frames' | 'show' | 'finish' | 'discard'>;
  maxPhotoBytes: number;
  shareUrl(n: number): string;
}): Router {
  const router = express.Router();
  router.use('/api/visits', loopbackOnly);
  router.param('key', (_req, res, next, key) => {
    if (KEY.test(key)) next();
    else
      res
        .status(404)
        .json({ error: 'no-visit', reason: 'a visit is called by 8 to 64 of a-z, 0-9, _ and -' });
  });

  function chosenIn(value: unknown, res: Response) {
    const parsed = chosenSchema.safeParse(value);
    if (parsed.success) {
      const { template, filter, language } = parsed.data;
      return { template, ...(filter && { filter }), ...(language && { language }) };
    }
    res.status(400).json({ error: 'malformed', reason: z.prettifyError(parsed.error) });
    return undefined;
  }

  const jpeg = express.raw({ type: 'image/jpeg', limit: maxPhotoBytes, inflate: false });
  router.post('/api/visits/:key/shots/:i', jpeg, async (req, res) => {
    const chosen = chosenIn(req.query, res);
    if (!chosen) return;
    if (!Buffer.isBuffer(req.body)) return reject(res, 'not-jpeg');
    const shot = /^[0-3]$/.test(req.params.i) ? Number(req.params.i) : Number.NaN;
    const outcome = await visits.shot(req.params.key, shot, req.body, chosen);
    if (outcome.kind === 'kept') res.status(201).json({ shot });
    else refuse(res, outcome);
  });

  const form = express.raw({ type: 'multipart/form-data', limit: FRAMES_MAX_BYTES, inflate: false });
  router.post('/api/visits/:key/clip', form, async (req, res) => {
    const chosen = chosenIn({ template: FIRST_CHOICE, ...req.query }, res);
    if (!chosen) return;
    const frames = Buffer.isBuffer(req.body)
      ? await framesOfForm(req.body, req.headers['content-type'] ?? '')
      : undefined;
    const outcome = frames
      ? await visits.frames(req.params.key, frames, chosen)
      : ({ kind: 'not-frames' } as const);
    if (outcome.kind === 'kept') res.status(201).json({});
    else refuse(res, outcome);
  });

  for (const what of ['picture', 'film'] as const) {
    router.get(`/api/visits/:key/${what}`, async (req, res) => {
      const chosen = chosenIn(req.query, res);
      if (!chosen) return;
      const outcome = await visits.show(req.params.key, what, chosen);
      if (outcome.kind !== 'shown') return refuse(res, outcome);
      res.set('Cache-Control', 'no-store').type(outcome.type).send(outcome.bytes);
    });
  }

  router.post('/api/visits/:key/finish', express.json({ limit: '4kb' }), async (req, res) => {
    const chosen = chosenIn(req.body, res);
    if (!chosen) return;
    const outcome = await visits.finish(req.params.key, chosen);
    if (outcome.kind !== 'saved') return refuse(res, outcome);
    const { id, n, name } = outcome;
    res.status(201).json({ id, name, shareUrl: shareUrl(n) });
  });

  router.delete('/api/visits/:key', async (req, res) => {
    await visits.discard(req.params.key);
    res.status(204).end();
  });

  router.use('/api/visits', bodyErrors);
  return router;
}
