/** The newest frames of a live view, for whoever asks. Never more than a few, however slowly they are asked for. */
interface Frame {
  /** Counts from 1, for the life of the daemon. */
  n: number;
  /** `performance.now()` of its arrival. */
  at: number;
  jpeg: Buffer;
}

export interface Frames {
  push(jpeg: Buffer): void;
  newest(): Frame | undefined;
  /** The newest frame, once it is newer than `after` and of now; undefined when none came in time. */
  next(after: number, withinMs: number): Promise<Frame | undefined>;
  /** The frame to keep when the camera takes no photo. */
  best(at: number): Frame | undefined;
  /** Nobody waits any more. */
  stop(): void;
}

/** The second around a moment, at 30 frames a second. */
const HELD = 30;
const WINDOW_MS = 300;
/** What is older is no live view. */
const LIVE_MS = 1_000;

export function createFrames({ now = () => performance.now() }: { now?: () => number } = {}): Frames {
  let frames: Frame[] = [];
  let n = 0;
  const waiting = new Set<(frame: Frame | undefined) => void>();

  const newest = () => frames.at(-1);
  const tell = (frame: Frame | undefined) => {
    for (const settle of [...waiting]) settle(frame);
  };

  return {
    push(jpeg) {
      n += 1;
      const frame = { n, at: now(), jpeg };
      frames = [...frames.slice(1 - HELD), frame];
      tell(frame);
    },
    newest,
    next(after, withinMs) {
      const frame = newest();
      // A page that counts further than we do has followed another daemon.
      const isNew = frame && (frame.n > after || after > n);
      if (isNew && now() - frame.at < LIVE_MS) return Promise.resolve(frame);
      return new Promise((resolve) => {
        const settle = (frame: Frame | undefined) => {
          clearTimeout(timer);
          waiting.delete(settle);
          resolve(frame);
        };
        const timer = setTimeout(settle, withinMs, undefined);
        waiting.add(settle);
      });
    },
    best(at) {
      const near = frames.filter((frame) => Math.abs(frame.at - at) <= WINDOW_MS);
      // Of one scene, at one quality, the sharpest picture takes the most bytes.
      return near.length > 0 ? near.reduce((a, b) => (b.jpeg.length > a.jpeg.length ? b : a)) : newest();
    },
    stop: () => tell(undefined),
  };
}
