import type { CameraProblem } from '@photomaton/design-docs/docs';

/**
 * A camera as the kiosk page sees it. `start` works or throws a {@link CameraError}; from then on `isLive`
 * tells whether pictures come. Who opened it looks at that, and stops and starts it again when they do not.
 */
export interface Camera {
  /** The live picture, as it will be taken (the page mirrors it). Empty until {@link Camera.start} is done. */
  readonly view: HTMLElement;
  /**
   * How long a stills camera takes from being asked to the picture: measured, 0 before the first shot and for
   * cameras whose frames are the shots. A `capture` that is asked for so much before its moment is in time.
   */
  readonly shutterDelayMs: number;
  /** Resolves when the first picture is there. */
  start(): Promise<void>;
  /**
   * A JPEG of the moment `at` (a time of `performance.now()`, better asked for before than at it), or of this very
   * moment. At least {@link MIN_WIDTH} pixels wide.
   */
  capture(at?: number): Promise<Blob>;
  /** So many JPEGs, evenly spread over the next milliseconds: what a boomerang is made of. */
  record(ms: number, frames: number): Promise<Blob[]>;
  /** Have pictures come within the last seconds? */
  isLive(): boolean;
  /** Lets go of the camera; it can be started again. */
  stop(): void;
}

export type { CameraProblem };
export type CameraState = 'starting' | 'live' | CameraProblem;

export class CameraError extends Error {
  readonly code: CameraProblem;
  constructor(code: CameraProblem, options?: ErrorOptions) {
    super(`camera ${code}`, options);
    this.code = code;
  }
}

/** Enough for a print of 10x15 cm; what a camera gives is never made smaller. */
export const MIN_WIDTH = 1600;
const JPEG_QUALITY = 0.92;
/** Frames of a clip: as wide as a phone shows them. */
const CLIP_WIDTH = 1080;
/** A camera that gave nothing for so long is not there any more. */
export const SILENCE_MS = 4_000;

/** What can be drawn, and how large it is. */
export interface Drawable {
  image: CanvasImageSource;
  width: number;
  height: number;
}

/** The picture as a JPEG, made larger when it is less wide than {@link MIN_WIDTH}. */
export function shotOf({ image, width, height }: Drawable): Promise<Blob> {
  return encode(draw({ image, width, height }, Math.max(1, MIN_WIDTH / width)));
}

/** Draws what `look` gives at each moment of a clip, and encodes it. */
export async function recordFrom(look: () => Drawable, ms: number, frames: number): Promise<Blob[]> {
  const startedAt = performance.now();
  const jpegs: Promise<Blob>[] = [];
  for (let i = 0; i < frames; i += 1) {
    await until(startedAt + (i * ms) / frames);
    const drawable = look();
    jpegs.push(encode(draw(drawable, Math.min(1, CLIP_WIDTH / drawable.width))));
  }
  return Promise.all(jpegs);
}

/** Waits for a time of `performance.now()`. */
export function until(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, at - performance.now()));
}

function draw({ image, width, height }: Drawable, scale: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext('2d', { alpha: false });
  if (!pen) throw new Error('no canvas');
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The canvas as a JPEG. */
export function encode(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be encoded'))),
      'image/jpeg',
      JPEG_QUALITY,
    );
  });
}
