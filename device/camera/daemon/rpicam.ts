import { createJpegFinder } from './mjpeg.ts';
import { endOf, startProgram } from './program.ts';
import type { CameraSource } from './source.ts';

/**
 * The Raspberry Pi's camera. Its frames are whole JPEGs, larger than a print of 10x15 cm, so a photo is the frame of
 * the right moment: there is no shutter to wait for, and no second program (`rpicam-still`) that would need the
 * camera for itself, with the live view standing still for a second while a guest smiles at it.
 */

/** The whole field of view of a Camera Module 3, and more than a slot of 10x15 cm at 300 dpi needs. */
const SIZE = { width: 2304, height: 1296 };
const COMMAND = [
  'rpicam-vid',
  ...['--timeout', '0', '--nopreview', '--flush', '--codec', 'mjpeg', '--quality', '90'],
  ...['--width', String(SIZE.width), '--height', String(SIZE.height), '--framerate', '30'],
  ...['--output', '-'],
];
/** The sensor's tuning is loaded first. */
const FIRST_FRAME_MS = 10_000;
const FRAME_MS = 3_000;

export function createRpicam({
  firstFrameMs = FIRST_FRAME_MS,
  frameMs = FRAME_MS,
}: {
  firstFrameMs?: number;
  frameMs?: number;
} = {}): CameraSource {
  return {
    program: 'rpicam-vid',
    package: 'rpicam-apps',
    shutterDelayMs: () => 0,
    async run(onFrame, signal) {
      const program = startProgram(COMMAND);
      let hadFrames = false;
      // It hangs, or gives what is no picture.
      const watchdog = setTimeout(program.kill, firstFrameMs);
      const finder = createJpegFinder({
        onJpeg(jpeg) {
          if (!hadFrames) clearTimeout(watchdog);
          hadFrames = true;
          silence.refresh();
          onFrame(jpeg);
        },
      });
      const silence = setTimeout(() => hadFrames && program.kill(), frameMs);
      program.stdout.on('data', (chunk: Buffer) => finder.push(chunk));
      const end = () => void program.end();
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      const { code } = await program.ended;
      signal.removeEventListener('abort', end);
      clearTimeout(watchdog);
      clearTimeout(silence);
      return endOf({ code, said: program.said(), hadFrames });
    },
  };
}
