import type { Logger } from 'pino';
import type { CameraState } from '../camera.ts';
import { createFrames, type Frames } from './frames.ts';
import type { CameraSource } from './source.ts';
import { createSupervisor } from './supervisor.ts';

/** A camera that the daemon holds: kept running, with a live view and photos. */
export interface CameraPart {
  state(): CameraState;
  frames: Pick<Frames, 'next'>;
  takesStills: boolean;
  shutterDelayMs(): number;
  /**
   * A photo of the moment `at` (of `performance.now()`). When the camera cannot take it, the best frame of the live
   * view, so that a guest who smiled has a photo; undefined when there is none of now.
   */
  capture(at: number): Promise<{ jpeg: Buffer; from: 'still' | 'live-view' } | undefined>;
  start(): void;
  stop(): Promise<void>;
}

/** Longer than any camera takes; the source has tighter deadlines of its own. */
const STILL_WITHIN_MS = 20_000;
/** An older frame does not show the guests of now. */
const FALLBACK_MS = 10_000;

export function createCameraPart({
  source,
  onState,
  log,
}: {
  source: CameraSource;
  onState?: (state: CameraState) => void;
  log: Logger;
}): CameraPart {
  const frames = createFrames();
  const supervisor = createSupervisor({
    async run(live, signal) {
      const ended = await source.run((jpeg) => {
        frames.push(jpeg);
        live();
      }, signal);
      if (ended.ending === 'not-installed' && supervisor.state() !== 'not-installed') {
        const { program, package: name } = source;
        log.error(
          { program, install: `apt-get install ${name}` },
          'the program of the camera is not installed',
        );
      }
      return ended;
    },
    ...(onState && { onState }),
    log,
  });

  async function stillOf(at: number): Promise<Buffer | undefined> {
    if (!source.still) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, STILL_WITHIN_MS, new Error('the camera takes no photo'));
    });
    try {
      return await Promise.race([source.still(at), tooLate]);
    } catch (err) {
      log.warn({ err }, 'a frame of the live view is the photo');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    state: supervisor.state,
    frames,
    takesStills: source.still !== undefined,
    shutterDelayMs: source.shutterDelayMs,
    async capture(at) {
      const still = await stillOf(at);
      if (still) return { jpeg: still, from: 'still' };
      const frame = frames.best(at);
      return frame && at - frame.at < FALLBACK_MS ? { jpeg: frame.jpeg, from: 'live-view' } : undefined;
    },
    start: supervisor.start,
    async stop() {
      frames.stop();
      await supervisor.stop();
    },
  };
}
