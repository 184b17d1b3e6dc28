import { CAMERA_PROBLEMS, type CameraFailure } from '@photomaton/design-docs/docs';
import express, { type Router } from 'express';
import type { CameraState } from '../camera.ts';

/** A camera that is started again, or switched on before a party, is no news. */
const LASTS_MS = 60_000;
const STATES: readonly string[] = ['live', 'starting', ...CAMERA_PROBLEMS];

/** Does the camera work, and since when not? What is said of it beyond the booth's own screen. */
export interface CameraHealth {
  /** The newest word, of whoever holds the camera: the page, or the daemon's supervisor. */
  tell(state: CameraState): void;
  /** Undefined while it works, and for the first minute. */
  failure(): CameraFailure | undefined;
}

export function createCameraHealth({ now }: { now(): Date }): CameraHealth {
  let failing: { problem: CameraFailure['problem']; since: Date } | undefined;
  return {
    tell(state) {
      // A problem stays until there are pictures: every new start begins with `starting`.
      if (state === 'live') failing = undefined;
      else if (state !== 'starting') failing = { problem: state, since: failing?.since ?? now() };
    },
    failure() {
      if (!failing || now().getTime() - failing.since.getTime() < LASTS_MS) return undefined;
      return { problem: failing.problem, since: failing.since.toISOString() };
    },
  };
}

/** `POST /api/camera/is/:state`: the page says how its camera is. */
export function cameraHealthApi({ health }: { health: Pick<CameraHealth, 'tell'> }): Router {
  const router = express.Router();
  router.post('/api/camera/is/:state', (req, res) => {
    const { state } = req.params;
    const isKnown = STATES.includes(state);
    if (isKnown) health.tell(state as CameraState);
    res.status(isKnown ? 204 : 409).end();
  });
  return router;
}
