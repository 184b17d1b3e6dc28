import { createRequire } from 'node:module';

/** The parts of OpenCV that are used here; the types that come with opencv-wasm are all `any`. */
export interface OpenCv {
  readonly Mat: new (height?: number, width?: number, type?: number) => Mat;
  readonly RectVector: new () => RectVector;
  readonly CascadeClassifier: new () => CascadeClassifier;
  readonly Size: new (width: number, height: number) => object;
  readonly CV_8UC1: number;
  readonly CV_8UC4: number;
  readonly CV_16S: number;
  readonly CV_32FC2: number;
  readonly INTER_AREA: number;
  readonly INTER_LINEAR: number;
  readonly BORDER_CONSTANT: number;
  readonly MORPH_ERODE: number;
  readonly MORPH_DILATE: number;
  readonly MORPH_OPEN: number;
  readonly MORPH_CLOSE: number;
  readonly MORPH_RECT: number;
  Laplacian(from: Mat, to: Mat, depth: number, kernel: number): void;
  resize(from: Mat, to: Mat, size: object, scaleX: number, scaleY: number, filter: number): void;
  meanStdDev(from: Mat, mean: Mat, deviation: Mat): void;
  getStructuringElement(shape: number, size: object): Mat;
  morphologyEx(from: Mat, to: Mat, operation: number, kernel: Mat): void;
  matFromArray(height: number, width: number, type: number, values: number[]): Mat;
  getPerspectiveTransform(from: Mat, to: Mat): Mat;
  warpPerspective(from: Mat, to: Mat, how: Mat, size: object, filter: number, border: number): void;
  FS_createDataFile(folder: string, name: string, data: Uint8Array, read: boolean, write: boolean): void;
  exceptionFromPtr(pointer: number): { msg: string };
}
interface Mat extends Freed {
  /** A view of the wasm memory: gone when that grows, so it is copied at once. */
  readonly data: Uint8Array;
  readonly data64F: Float64Array;
}
interface RectVector extends Freed {
  size(): number;
  get(i: number): { x: number; y: number; width: number; height: number };
}
interface CascadeClassifier extends Freed {
  load(file: string): boolean;
  detectMultiScale(
    grey: Mat,
    found: RectVector,
    scale: number,
    neighbours: number,
    flags: number,
    minSize: object,
  ): void;
}
/** Lies in wasm memory, of which no garbage collector knows. */
interface Freed {
  delete(): void;
}

type Keep = <F extends Freed>(made: F) => F;

const HANDLED = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Loads opencv-wasm into this thread: about 100 ms, and 128 MB of address space (a quarter of it touched).
 * Emscripten's start code installs handlers for the whole process that end it at any stray rejection; those are
 * removed, and those that were there before stay.
 */
export function loadOpenCv(): OpenCv {
  const before = HANDLED.map((event) => process.rawListeners(event));
  const require = createRequire(import.meta.url);
  const { cv } = require('opencv-wasm') as { cv: OpenCv & { then?: unknown } };
  for (const [i, event] of HANDLED.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (!before[i]?.includes(listener)) process.off(event, listener as () => void);
    }
  }
  // It resolves with itself, so whoever awaited it would wait for ever.
  delete cv.then;
  return cv;
}

/** Runs `work`, and frees what it has given to `keep`, however it ends. OpenCV throws numbers; here it is errors. */
export function freeing<T>(cv: OpenCv, work: (keep: Keep) => T): T {
  const kept: Freed[] = [];
  try {
    return work((made) => {
      kept.push(made);
      return made;
    });
  } catch (thrown) {
    if (typeof thrown !== 'number') throw thrown;
    throw new Error(`OpenCV: ${cv.exceptionFromPtr(thrown).msg}`);
  } finally {
    for (const made of kept) made.delete();
  }
}

/** What `work` makes, or undefined when OpenCV cannot be loaded or fails: pictures are made without it then. */
export function seeing<T>(work: (cv: OpenCv, keep: Keep) => T): T | undefined {
  try {
    const cv = loadOpenCv();
    return freeing(cv, (keep) => work(cv, keep));
  } catch {
    return undefined;
  }
}
