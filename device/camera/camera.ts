/**
 * A camera as the kiosk page sees it. `start` works or throws a {@link CameraError}; from then on `isLive`
 * tells whether pictures come. Who opened it looks at that, and stops and starts it again when they do not.
 */
export interface Camera {
  /** The live picture, as it will be taken (the page mirrors it). Empty until {@link Camera.start} is done. */
  readonly view: HTMLElement;
  /** Resolves when the first picture is there. */
  start(): Promise<void>;
  /** A JPEG of this very moment, at least {@link MIN_WIDTH} pixels wide. */
  capture(): Promise<Blob>;
  /** Have pictures come within the last seconds? */
  isLive(): boolean;
  /** Lets go of the camera; it can be started again. */
  stop(): void;
}

/** `missing`: none is plugged in. `busy`: another program has it. `refused`: the browser may not use it. */
export class CameraError extends Error {
  readonly code: 'missing' | 'busy' | 'refused';
  constructor(code: CameraError['code'], options?: ErrorOptions) {
    super(`camera ${code}`, options);
    this.code = code;
  }
}

/** Enough for a print of 10x15 cm; what a camera gives is never made smaller. */
export const MIN_WIDTH = 1600;
const JPEG_QUALITY = 0.92;
/** A camera that gave nothing for so long is not there any more. */
export const SILENCE_MS = 4_000;

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
