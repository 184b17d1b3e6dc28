import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { openShell, type Shell, ShellError } from './gphoto2-shell.ts';
import { makeMemoryFolder } from './memory-folder.ts';
import { endOf, startProgram } from './program.ts';
import type { CameraSource } from './source.ts';

/**
 * A DSLR or system camera, through one `gphoto2 --shell` that owns live view and photos in one session with the
 * camera. Not `--capture-movie --stdout`, stopped for each photo: ended and opened again, sessions take a second or
 * two, and some cameras stay busy until they are switched off (gphoto2 issue 594). Nor `--stdout`: in the shell,
 * gphoto2 2.5 keeps a file descriptor of each preview open. So pictures come as files, in memory: thirty a second
 * would wear a memory card out.
 */

/** `stdbuf`: that the picture is taken is to be heard when it is, not when it has been downloaded. */
const COMMAND = ['stdbuf', '-oL', 'gphoto2', '--shell', '--force-overwrite'];
const PREVIEW = 'capture_preview.jpg';
/** Claims the camera, opens the session. */
const OPEN_MS = 15_000;
/** The first one raises the mirror. */
const PREVIEW_MS = 5_000;
/** Focusing, a long exposure, 10 MB over USB 2. */
const PHOTO_MS = 15_000;
/** Faster than this, cameras of a fast computer answer that they are not ready. */
const FRAME_MS = 1000 / 30;
/** A camera that is busy for a moment, after a photo. */
const MOST_FAILURES = 5;
const FAILED_AGAIN_MS = 200;
/** A camera that is being started again at zero may still take the photo; after that, the guest has moved. */
const GRACE_MS = 1_000;
/** The delay of one photo says little: with or without focusing it is another one. */
const REMEMBERED_DELAYS = 5;

interface Wanted {
  at: number;
  resolve(jpeg: Buffer): void;
  reject(failure: Error): void;
  tooLate: NodeJS.Timeout;
}

export function createGphoto2({
  settings,
  deadlines = {},
  log,
}: {
  /** Of the camera, `name=value`, set when it is opened. */
  settings: readonly string[];
  deadlines?: { openMs?: number; previewMs?: number; photoMs?: number };
  log: Logger;
}): CameraSource {
  const { openMs = OPEN_MS, previewMs = PREVIEW_MS, photoMs = PHOTO_MS } = deadlines;
  const wanted: Wanted[] = [];
  let delays: number[] = [];

  const shutterDelayMs = () => [...delays].sort((a, b) => a - b)[delays.length >> 1] ?? 0;

  /** Live view goes on until the camera has to be asked. */
  function takeDue(): Wanted | undefined {
    const due = wanted.findIndex(({ at }) => at - shutterDelayMs() - FRAME_MS <= performance.now());
    if (due === -1) return undefined;
    const [photo] = wanted.splice(due, 1);
    clearTimeout(photo?.tooLate);
    return photo;
  }

  async function converse(
    shell: Shell,
    folder: string,
    onFrame: (jpeg: Buffer) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await shell.ready(openMs);
    for (const setting of settings) {
      const answer = await shell.command(`set-config ${setting}`, previewMs);
      if (failed(answer)) log.warn({ setting }, 'the camera does not take this setting');
    }
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      const photo = takeDue();
      if (photo) {
        await takePhoto(shell, folder, photo);
        continue;
      }
      const answer = await shell.command('capture-preview', previewMs);
      const jpeg = failed(answer) ? undefined : await readFile(join(folder, PREVIEW));
      if (!jpeg || !isJpeg(jpeg)) {
        failures += 1;
        if (failures >= MOST_FAILURES) throw new Error(`the camera gives no preview: ${errorIn(answer)}`);
        await sleep(FAILED_AGAIN_MS);
        continue;
      }
      failures = 0;
      onFrame(jpeg);
      await sleep(Math.max(0, FRAME_MS - (performance.now() - startedAt)));
    }
  }

  async function takePhoto(shell: Shell, folder: string, { at, resolve, reject }: Wanted): Promise<void> {
    const askedAt = performance.now();
    let delayMs: number | undefined;
    try {
      const answer = await shell.command('capture-image-and-download', photoMs, (text) => {
        if (text.includes('New file is in location')) delayMs ??= performance.now() - askedAt;
      });
      // With RAW beside the JPEG there are two.
      const files = [...answer.matchAll(/^Saving file as (.+)$/gm)].map(([, name = '']) => basename(name));
      const name = files.find((file) => /\.jpe?g$/i.test(file));
      if (delayMs !== undefined) {
        delays = [...delays.slice(1 - REMEMBERED_DELAYS), Math.round(delayMs)];
        log.info({ delayMs: Math.round(delayMs), lateMs: Math.round(askedAt + delayMs - at) }, 'photo taken');
      }
      if (name) resolve(await readFile(join(folder, name)));
      else reject(new Error(`the camera took no photo: ${errorIn(answer)}`)); // it answers, and goes on
      await Promise.all(files.map((file) => rm(join(folder, file), { force: true })));
    } catch (failure) {
      reject(failure as Error);
      throw failure;
    }
  }

  return {
    program: 'gphoto2',
    package: 'gphoto2',
    shutterDelayMs,
    still(at) {
      return new Promise((resolve, reject) => {
        const tooLate = setTimeout(
          () => {
            wanted.splice(wanted.indexOf(photo), 1);
            reject(new Error('the camera was not there in time'));
          },
          at + GRACE_MS - performance.now(),
        );
        const photo = { at, resolve, reject, tooLate };
        wanted.push(photo);
      });
    },
    async run(onFrame, signal) {
      const folder = await makeMemoryFolder('photomaton-gphoto2');
      const program = startProgram(COMMAND, { cwd: folder });
      let hadFrames = false;
      let failure: unknown;
      const stop = () => void program.end();
      signal.addEventListener('abort', stop);
      try {
        await converse(
          openShell(program),
          folder,
          (jpeg) => {
            hadFrames = true;
            onFrame(jpeg);
          },
          signal,
        );
      } catch (err) {
        failure = err;
      }
      // One that answers can let go of the camera in order.
      if (failure instanceof ShellError) program.kill();
      else await program.end();
      const { code } = await program.ended;
      signal.removeEventListener('abort', stop);
      await rm(folder, { recursive: true, force: true });
      return endOf({
        code,
        said: [program.said(), (failure as Error | undefined)?.message ?? ''].join('\n'),
        hadFrames,
      });
    },
  };
}

const isJpeg = (bytes: Buffer) => bytes[0] === 0xff && bytes[1] === 0xd8;
const failed = (answer: string) => answer.includes('*** Error');
const errorIn = (answer: string) => /\*\*\* Error.*/.exec(answer)?.[0] ?? 'without a word';
