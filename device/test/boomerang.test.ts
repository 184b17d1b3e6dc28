import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { makeBoomerang } from '../image/boomerang.ts';
import { quiet, tempFolder } from './context.ts';

const SHADES = [20, 80, 140, 200, 250];

/** Frames that get lighter, of a size that video cannot have. */
const frames = (size = { width: 321, height: 181 }) =>
  Promise.all(
    SHADES.map((grey) =>
      sharp({ create: { ...size, channels: 3, background: { r: grey, g: grey, b: grey } } })
        .jpeg()
        .toBuffer(),
    ),
  );

const THERE_AND_BACK = [20, 80, 140, 200, 250, 200, 140, 80];

/** How light each frame is. */
async function shadesOf(pixels: Buffer, frameBytes: number): Promise<number[]> {
  assert.equal(pixels.length % frameBytes, 0);
  return Array.from(
    { length: pixels.length / frameBytes },
    (_, i) => pixels[Math.floor((i + 0.5) * frameBytes)] ?? 0,
  );
}

function assertNear(shades: number[], wanted: number[]): void {
  assert.equal(shades.length, wanted.length);
  for (const [i, shade] of shades.entries())
    assert.ok(Math.abs(shade - (wanted[i] ?? 0)) <= 6, `frame ${i}: ${shade}, not ${wanted[i]}`);
}

test('a boomerang plays there and back for ever, as WebP and as MP4', async (t) => {
  const made = await makeBoomerang({ jpegs: await frames(), log: quiet });
  assert.ok(made.kind === 'made' && made.mp4);
  assert.deepEqual([made.width, made.height], [320, 180], 'even sides');

  const webp = await sharp(made.webp, { animated: true }).metadata();
  assert.deepEqual([webp.pages, webp.loop, webp.width, webp.pageHeight], [8, 0, 320, 180]);
  const { data, info } = await sharp(made.webp, { animated: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  assertNear(await shadesOf(data, 320 * 180 * info.channels), THERE_AND_BACK);

  const file = join(await tempFolder(t), 'boomerang.mp4');
  await writeFile(file, made.mp4);
  const probe = [
    '-v',
    'error',
    '-show_entries',
    'stream=codec_name,width,height,pix_fmt',
    '-of',
    'csv=p=0',
    file,
  ];
  assert.equal(execFileSync('ffprobe', probe, { encoding: 'utf8' }).trim(), 'h264,320,180,yuv420p');
  const decode = ['-v', 'error', '-i', file, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  assertNear(
    await shadesOf(execFileSync('ffmpeg', decode, { maxBuffer: 1e8 }), 320 * 180 * 3),
    THERE_AND_BACK,
  );
  assert.ok(
    made.mp4.indexOf('moov') < made.mp4.indexOf('mdat'),
    'it begins to play before all of it is there',
  );
});

test('large frames are made smaller', async () => {
  const jpegs = await frames({ width: 801, height: 1200 });
  const made = await makeBoomerang({ jpegs, log: quiet, ffmpeg: '/nowhere/ffmpeg' });
  assert.ok(made.kind === 'made');
  assert.deepEqual([made.width, made.height], [534, 800]);
  const { width, pageHeight } = await sharp(made.webp, { animated: true }).metadata();
  assert.deepEqual([width, pageHeight], [534, 800]);
});

test('without ffmpeg there is the WebP alone, and the log says what to install', async () => {
  const warnings: unknown[][] = [];
  const log = quiet.child({});
  log.warn = (...said: unknown[]) => warnings.push(said);
  const made = await makeBoomerang({ jpegs: await frames(), log, ffmpeg: '/nowhere/ffmpeg' });
  assert.ok(made.kind === 'made');
  assert.equal(made.mp4, undefined);
  assert.equal((await sharp(made.webp).metadata()).pages, 8);
  assert.match(String(warnings[0]?.[1]), /apt-get install ffmpeg/);
});

test('ffmpeg that hangs, fails or makes nothing is done without, and nothing is left behind', async (t) => {
  const dir = await tempFolder(t);
  const { TMPDIR } = process.env;
  process.env.TMPDIR = await tempFolder(t);
  t.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  for (const [name, script] of [
    ['hangs', 'exec sleep 60'],
    ['fails', 'echo "no such codec" >&2; exit 1'],
    ['makes-nothing', 'exit 0'],
  ] as const) {
    const errors: { err: Error }[] = [];
    const log = quiet.child({});
    log.error = (said: { err: Error }) => errors.push(said);
    const ffmpeg = join(dir, name);
    await writeFile(ffmpeg, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const made = await makeBoomerang({ jpegs: await frames(), log, ffmpeg, deadlineMs: 1_500 });
    assert.ok(made.kind === 'made' && made.webp.length > 0, name);
    assert.equal(made.mp4, undefined, name);
    assert.equal(errors.length, 1, name);
    if (name === 'fails') assert.match(errors[0]?.err.message ?? '', /no such codec/);
  }
  assert.deepEqual(await readdir(tmpdir()), []);
});

test('what does not move, or is no picture, fails with a reason', async () => {
  const jpegs = await frames();
  assert.equal((await makeBoomerang({ jpegs: jpegs.slice(0, 1), log: quiet })).kind, 'failed');
  const broken = [...jpegs.slice(0, 2), Buffer.from('no JPEG'), ...jpegs.slice(3)];
  const made = await makeBoomerang({ jpegs: broken, log: quiet });
  assert.ok(made.kind === 'failed');
  assert.match(made.reason, /unsupported image format/);
});
