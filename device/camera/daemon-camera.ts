import {
  type Camera,
  CameraError,
  type CameraProblem,
  MIN_WIDTH,
  recordFrom,
  SILENCE_MS,
  shotOf,
  until,
} from './camera.ts';
import { type ChooseFrame, choose, type Frame, nearest, WINDOW_MS } from './moment.ts';

/** Longer than the daemon lets a page wait for a frame. */
const FRAME_WITHIN_MS = 5_000;
/** Longer than the daemon lets a camera take for a photo. */
const CAPTURE_WITHIN_MS = 25_000;
const ASK_AGAIN_MS = 300;
/** At 30 frames a second: one more than the window around zero has. */
const RING_FRAMES = 20;
/** An older frame does not show the guests of now. */
const FALLBACK_MS = 10_000;

/**
 * A camera that the daemon holds (DSLR, Pi camera), over its interface (`daemon/camera-api.ts`). The page asks for
 * one frame after the other, and always gets the newest: a slow page misses frames, and nothing piles up anywhere.
 */
export function createDaemonCamera({ chooseFrame }: { chooseFrame?: ChooseFrame } = {}): Camera {
  const view = document.createElement('canvas');
  const screen = view.getContext('bitmaprenderer');
  if (!screen) throw new Error('no canvas');
  let running: AbortController | undefined;
  let ring: Frame<Blob>[] = [];
  let lastFrameAt = Number.NEGATIVE_INFINITY;
  let shutterDelayMs = 0;
  let takesStills = false;
  let isDrawing = false;

  /** Asks for frames until it is stopped; the first answer decides whether the start was one. */
  async function follow(signal: AbortSignal, started: (outcome?: CameraError) => void): Promise<void> {
    for (let after = 0; !signal.aborted; ) {
      const answer = await frameAfter(after, signal);
      if (signal.aborted) return;
      if (!answer || answer instanceof CameraError) {
        if (answer) started(answer);
        await until(performance.now() + ASK_AGAIN_MS);
        continue;
      }
      after = answer.n;
      ({ shutterDelayMs, takesStills } = answer);
      ring = [...ring.slice(1 - RING_FRAMES), { at: answer.at, picture: answer.picture }];
      void show(answer.picture, signal).then((isShown) => isShown && started());
    }
  }

  /** Nothing waits for it: while a frame is being decoded, those that come are not shown. */
  async function show(picture: Blob, signal: AbortSignal): Promise<boolean> {
    if (isDrawing) return false;
    isDrawing = true;
    try {
      const bitmap = await createImageBitmap(picture);
      if (signal.aborted) return false;
      if (view.width !== bitmap.width || view.height !== bitmap.height) {
        view.width = bitmap.width;
        view.height = bitmap.height;
      }
      screen?.transferFromImageBitmap(bitmap);
      lastFrameAt = performance.now();
      return true;
    } catch (err) {
      console.warn('a frame is no picture', err);
      return false;
    } finally {
      isDrawing = false;
    }
  }

  function stop(): void {
    const own = running;
    running = undefined;
    own?.abort();
    ring = [];
    lastFrameAt = Number.NEGATIVE_INFINITY;
  }

  async function frameOf(at: number): Promise<Blob | undefined> {
    await until(chooseFrame ? at + WINDOW_MS : at);
    return (await choose(ring, at, chooseFrame))?.picture;
  }

  /** What the camera itself takes; when it cannot, what the live view showed. */
  async function still(at: number): Promise<Blob> {
    const taken = await ask(at);
    if (!(taken instanceof CameraError)) return taken;
    const shown = nearest(ring, at);
    if (!shown || at - shown.at > FALLBACK_MS) throw taken;
    return shown.picture;
  }

  return {
    view,
    get shutterDelayMs() {
      return shutterDelayMs;
    },
    start() {
      stop();
      const own = new AbortController();
      running = own;
      return new Promise((resolve, reject) => {
        const started = (problem?: CameraError) => {
          if (running !== own)
            reject(new CameraError('missing')); // stopped meanwhile
          else if (problem && lastFrameAt === Number.NEGATIVE_INFINITY) {
            reject(problem);
            stop();
          } else if (!problem) resolve();
        };
        own.signal.addEventListener('abort', () => started());
        void follow(own.signal, started);
      });
    },
    async capture(at = performance.now()) {
      if (!running) throw new CameraError('missing');
      const isLater = at > performance.now();
      const picture = (!takesStills && isLater && (await frameOf(at))) || (await still(at));
      return enlarged(picture);
    },
    record: (ms, frames) =>
      recordFrom(
        () => {
          if (!running) throw new CameraError('missing');
          return { image: view, width: view.width, height: view.height };
        },
        ms,
        frames,
      ),
    isLive: () => performance.now() - lastFrameAt < SILENCE_MS,
    stop,
  };
}

interface LiveFrame {
  n: number;
  at: number;
  picture: Blob;
  shutterDelayMs: number;
  takesStills: boolean;
}

/** Undefined while the camera is being opened. */
async function frameAfter(after: number, signal: AbortSignal): Promise<LiveFrame | CameraError | undefined> {
  try {
    const answer = await fetch(`/api/camera/live?after=${after}`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(FRAME_WITHIN_MS)]),
    });
    if (!answer.ok) return await problemOf(answer);
    const number = (name: string) => Number(answer.headers.get(name));
    return {
      n: number('X-Frame'),
      at: performance.now() - number('X-Age-Ms'),
      shutterDelayMs: number('X-Shutter-Delay-Ms'),
      takesStills: answer.headers.get('X-Stills') === '1',
      picture: await answer.blob(),
    };
  } catch (cause) {
    return new CameraError('lost', { cause }); // the daemon is not there
  }
}

async function ask(at: number): Promise<Blob | CameraError> {
  try {
    const inMs = Math.max(0, Math.round(at - performance.now()));
    const answer = await fetch(`/api/camera/capture?in=${inMs}`, {
      method: 'POST',
      signal: AbortSignal.timeout(CAPTURE_WITHIN_MS),
    });
    return answer.ok ? await answer.blob() : ((await problemOf(answer)) ?? new CameraError('lost'));
  } catch (cause) {
    return new CameraError('lost', { cause });
  }
}

async function problemOf(answer: Response): Promise<CameraError | undefined> {
  const { error } = (await answer.json()) as { error: CameraProblem | 'starting' };
  return error === 'starting' ? undefined : new CameraError(error);
}

/** Frames of a live view may be small; a photo goes as it came. */
async function enlarged(picture: Blob): Promise<Blob> {
  const image = await createImageBitmap(picture);
  try {
    const { width, height } = image;
    return Math.max(width, height) < MIN_WIDTH ? await shotOf({ image, width, height }) : picture;
  } finally {
    image.close();
  }
}
