import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import sharp from 'sharp';
import { animateWebp } from './animated-webp.ts';

export type BoomerangOutcome =
  | {
      kind: 'made';
      webp: Buffer;
      /** Undefined when ffmpeg is not installed, failed, or took too long; the log says which. */
      mp4: Buffer | undefined;
      width: number;
      height: number;
    }
  | { kind: 'failed'; reason: string };

interface Clip {
  /** The way there. */
  jpegs: readonly Buffer[];
  width: number;
  height: number;
}

/** What a phone shows at its width, and what chat programs do not make smaller. */
const LONG_SIDE_PX = 800;
const FRAME_MS = 66;
const WEBP_QUALITY = 75;
/** Seconds on a Raspberry Pi 4; what takes longer hangs. */
const DEADLINE_MS = 20_000;
/** As store/jpeg.ts: what claims more than 100 MP is there to exhaust memory. */
const LIMIT = { failOn: 'truncated', limitInputPixels: 100_000_000 } as const;

/**
 * A clip that plays there and back for ever: animated WebP (its frames by sharp) and, beside it, MP4 by Debian's ffmpeg in a
 * process of its own. (GIF takes ten times as long, and is larger.)
 *
 * @param jpegs at least two, upright; the first one's shape is that of the clip
 */
export async function makeBoomerang({
  jpegs,
  log,
  ffmpeg = 'ffmpeg',
  deadlineMs = DEADLINE_MS,
}: {
  jpegs: readonly Buffer[];
  log: Logger;
  ffmpeg?: string;
  deadlineMs?: number;
}): Promise<BoomerangOutcome> {
  if (jpegs.length < 2) return { kind: 'failed', reason: 'one frame does not move' };
  try {
    const clip = { jpegs, ...(await sizeOf(jpegs[0])) };
    // In this order: behind ten pictures in line for Node's threads, ffmpeg would begin late.
    const [mp4, webp] = await Promise.all([
      toMp4(clip, { ffmpeg, deadlineMs, log }),
      toWebp(clip, deadlineMs),
    ]);
    return { kind: 'made', webp, mp4, width: clip.width, height: clip.height };
  } catch (error) {
    return { kind: 'failed', reason: (error as Error).message };
  }
}

async function sizeOf(jpeg: Buffer | undefined): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(jpeg, LIMIT).metadata();
  const scale = Math.min(1, LONG_SIDE_PX / Math.max(width, height));
  // Video with half the colours each way (yuv420p, which every phone plays) needs even sides.
  const toEven = (px: number) => Math.max(2, 2 * Math.floor((px * scale) / 2));
  return { width: toEven(width), height: toEven(height) };
}

/** Neither end twice: it would stand still there. */
function thereAndBack<T>(there: readonly T[]): T[] {
  return [...there, ...there.slice(1, -1).reverse()];
}

async function toWebp({ jpegs, width, height }: Clip, deadlineMs: number): Promise<Buffer> {
  const stills = await Promise.all(
    jpegs.map((jpeg) =>
      sharp(jpeg, LIMIT)
        .timeout({ seconds: Math.ceil(deadlineMs / 1000) })
        .resize(width, height, { fit: 'fill' })
        .toColorspace('srgb')
        .webp({ quality: WEBP_QUALITY, effort: 0 })
        .toBuffer(),
    ),
  );
  return animateWebp(thereAndBack(stills), { width, height, frameMs: FRAME_MS });
}

async function toMp4(
  clip: Clip,
  { ffmpeg, deadlineMs, log }: { ffmpeg: string; deadlineMs: number; log: Logger },
): Promise<Buffer | undefined> {
  // A file, not a pipe: the index goes to its front (faststart) when all is written.
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-boomerang-'));
  try {
    const file = join(folder, 'boomerang.mp4');
    await runFfmpeg(ffmpeg, clip, file, deadlineMs);
    return await readFile(file);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === ffmpeg)
      log.warn({ missing: ffmpeg }, 'boomerangs get no MP4: install it with apt-get install ffmpeg');
    else log.error({ err: error }, 'ffmpeg made no MP4');
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runFfmpeg(
  ffmpeg: string,
  { jpegs, width, height }: Clip,
  file: string,
  deadlineMs: number,
): Promise<void> {
  const there = `scale=${width}:${height},format=yuv420p`;
  // As thereAndBack, but each picture is decoded once.
  const between = `trim=start_frame=1:end_frame=${jpegs.length - 1},reverse,setpts=N/FRAME_RATE/TB`;
  const back = jpegs.length > 2 ? `,split[there][all];[all]${between}[back];[there][back]concat` : '';
  const input = ['-f', 'image2pipe', '-c:v', 'mjpeg', '-r', String(1000 / FRAME_MS), '-i', 'pipe:0'];
  const output = ['-filter_complex', there + back, '-c:v', 'libx264', '-preset', 'superfast'];
  const format = ['-pix_fmt', 'yuv420p', '-movflags', '+faststart', file];
  const child = spawn(ffmpeg, ['-v', 'error', '-nostdin', ...input, ...output, ...format], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-1_000);
  });
  child.stdin.on('error', () => undefined); // it ended before it had read all: its exit says why
  child.stdin.end(Buffer.concat(jpegs));
  return new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(signal ? `ended after ${deadlineMs} ms` : complaint.trim() || `exit code ${code}`));
    });
  }).finally(() => clearTimeout(deadline));
}
