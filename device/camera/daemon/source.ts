import type { Ended } from './restarts.ts';

/** A camera that a program of the booth speaks with: what the supervisor keeps running. */
export interface CameraSource {
  /** The program, and the Debian package that has it. */
  program: string;
  package: string;
  /** Runs until the camera or its program ends, or the signal says so. Rejects on defects of ours only. */
  run(onFrame: (jpeg: Buffer) => void, signal: AbortSignal): Promise<Ended>;
  /** A photo that is no frame, of `at` if it can be; absent where the frames are the photos. Rejects when it fails. */
  still?: (at: number) => Promise<Buffer>;
  /** See the page's camera. */
  shutterDelayMs(): number;
}
