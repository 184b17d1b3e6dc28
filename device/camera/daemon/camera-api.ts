import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Response, type Router } from 'express';
import type { CameraPart } from './camera-part.ts';

/** How long a page waits for a frame before it is told why there is none. */
const FRAME_WITHIN_MS = 1_000;
/** A countdown. */
const MOST_AHEAD_MS = 15_000;

/**
 * The page's way to the daemon's camera, on loopback only (see `kiosk/server.ts`):
 * `GET /api/camera`: `{ state, takesStills, shutterDelayMs }`;
 * `GET /api/camera/live?after=N`: the newest frame, as soon as it is newer than the N-th. Asked for one at a time,
 * so a slow page misses frames, and neither the daemon nor a socket holds more than one for it;
 * `POST /api/camera/capture[?in=MS]`: the photo of now, or of so many ms from now.
 * Without a picture: 503 `{ error: state, reason }`.
 */
export function cameraApi({ camera }: { camera: CameraPart }): Router {
  const router = express.Router();

  const unable = (res: Response) => {
    const state = camera.state();
    res.status(503).json({ error: state === 'live' ? 'lost' : state, reason: 'the camera gives no picture' });
  };

  router.get('/api/camera', (_req, res) => {
    const { takesStills } = camera;
    res.set('Cache-Control', 'no-store');
    res.json({ state: camera.state(), takesStills, shutterDelayMs: camera.shutterDelayMs() });
  });

  router.get('/api/camera/live', async (req, res) => {
    const frame = await camera.frames.next(Number(req.query.after ?? 0) || 0, FRAME_WITHIN_MS);
    if (!frame) return unable(res);
    res.set({
      'Cache-Control': 'no-store',
      'X-Frame': String(frame.n),
      'X-Age-Ms': (performance.now() - frame.at).toFixed(1),
      'X-Stills': camera.takesStills ? '1' : '0',
      'X-Shutter-Delay-Ms': String(camera.shutterDelayMs()),
    });
    sendJpeg(res, frame.jpeg);
  });

  router.post('/api/camera/capture', async (req, res) => {
    const inMs = Math.min(MOST_AHEAD_MS, Math.max(0, Number(req.query.in ?? 0) || 0));
    const at = performance.now() + inMs;
    if (!camera.takesStills) await sleep(inMs);
    const shot = await camera.capture(at);
    if (!shot) return unable(res);
    res.set({ 'Cache-Control': 'no-store', 'X-Camera-Source': shot.from });
    sendJpeg(res, shot.jpeg);
  });

  return router;
}

/** Not `send`, which hashes every frame for an ETag. */
function sendJpeg(res: Response, jpeg: Buffer): void {
  res.set({ 'Content-Type': 'image/jpeg', 'Content-Length': String(jpeg.length) });
  res.end(jpeg);
}
