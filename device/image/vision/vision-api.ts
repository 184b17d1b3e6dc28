import express, { type Router } from 'express';
import { loopbackOnly } from '../../loopback-only.ts';
import { decodeFrames, MAX_FRAMES_BYTES } from './frames.ts';
import type { Vision } from './vision.ts';

/**
 * The kiosk page's way to vision, on loopback only: `POST /api/vision/choose` (body: frames as frames.ts writes them)
 * answers `{ "frame": n }`, or `{}` when vision does not know, or not in time.
 */
export function visionApi({ vision }: { vision: Pick<Vision, 'choose'> }): Router {
  const router = express.Router();
  const body = express.raw({ type: 'application/octet-stream', limit: MAX_FRAMES_BYTES, inflate: false });
  router.post('/api/vision/choose', loopbackOnly, body, async (req, res) => {
    const frames = Buffer.isBuffer(req.body) ? decodeFrames(req.body) : undefined;
    if (!frames) {
      res.status(400).json({ error: 'no-frames', reason: 'the body is not one or more whole grey frames' });
      return;
    }
    res.set('Cache-Control', 'no-store').json({ frame: await vision.choose(frames) });
  });
  return router;
}
