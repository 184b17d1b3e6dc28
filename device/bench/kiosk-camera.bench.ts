/** npm run bench -- kiosk: a webcam of full HD, and a camera that the daemon holds, in the kiosk page in Chromium. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { printFigure } from '@photomaton/design-docs/figure';
import { FAKE_CAMERA, launchChromium, WEBGL } from '@photomaton/design-docs/launch-chromium';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const FAKES = fileURLToPath(new URL('../test/fakes', import.meta.url));
const FULL_HD = { width: 1920, height: 1080 };
/** Two seconds of a film that repeats itself. */
const FILM_FRAMES = 60;
const WATCHED_MS = 10_000;
const SHOTS = 8;
/** The most that the daemon asks a DSLR for; 25 of them are what a moving picture needs. */
const DSLR_RATE = 30;

const isAsked = (name: string) => name.startsWith(process.argv[2] ?? '');

if (isAsked('kiosk.live_view') || isAsked('kiosk.raw_on_screen_ms')) {
  await withKiosk({ CAMERA: 'browser' }, async (page) => {
    if (isAsked('kiosk.live_view')) await measureLiveView(page);
    if (isAsked('kiosk.raw_on_screen_ms')) await measureRawOnScreen(page);
  });
}
if (isAsked('kiosk.live_view_daemon')) {
  await withKiosk({ CAMERA: 'gphoto2', PATH: `${FAKES}:${process.env.PATH}` }, measureDaemonLiveView);
}

/** A booth, and its kiosk page between two guests. */
async function withKiosk(env: Record<string, string>, work: (page: Page) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-bench-'));
  let booth: ChildProcess | undefined;
  let browser: Browser | undefined;
  try {
    const film = join(dir, 'film.mjpeg');
    await writeFile(film, await makeFilm());
    booth = spawn(process.execPath, ['--import', 'tsx', MAIN], {
      env: {
        ...{ PATH: process.env.PATH, BOOTH_PORT: '0', PORTAL_URL: 'http://127.0.0.1:9' },
        ...{ DATA_DIR: join(dir, 'booth'), ...env },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    browser = await launchChromium([WEBGL, ...FAKE_CAMERA, `--use-file-for-fake-video-capture=${film}`]);
    await work(await openKiosk(browser, await urlOf(booth)));
  } finally {
    await browser?.close();
    booth?.kill('SIGTERM');
    if (booth && booth.exitCode === null) await once(booth, 'exit');
    await rm(dir, { recursive: true });
  }
}

/** Frames that the page shows in a while, against those that the camera gives. */
async function measureLiveView(page: Page): Promise<void> {
  const { shown, rate } = await page.locator('#live video').evaluate(async (video: HTMLVideoElement, ms) => {
    let first: { at: number; frames: number } | undefined;
    for (;;) {
      const { at, frames, size } = await new Promise<{ at: number; frames: number; size: string }>(
        (resolve) =>
          video.requestVideoFrameCallback((at, { presentedFrames: frames, width, height }) =>
            resolve({ at, frames, size: `${width}x${height}` }),
          ),
      );
      if (size !== '1920x1080') throw new Error(`the camera gives ${size}`);
      first ??= { at, frames };
      if (at - first.at < ms) continue;
      const [track] = (video.srcObject as MediaStream).getVideoTracks();
      const shown = ((frames - first.frames) * 1000) / (at - first.at);
      return { shown, rate: track?.getSettings().frameRate ?? 0 };
    }
  }, WATCHED_MS);
  printFigure({ name: 'kiosk.live_view', value: shown, unit: 'frames/s', reference: rate, goal: '>=0.95' });
}

/** The same of a camera that the daemon holds: frames drawn by the page, of 30 a second that a fake DSLR gives. */
async function measureDaemonLiveView(page: Page): Promise<void> {
  const shown = await page.evaluate(async (ms) => {
    let frames = 0;
    const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
    ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
      frames += 1;
      transferFromImageBitmap.call(this, bitmap);
    };
    const startedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return (frames * 1000) / (performance.now() - startedAt);
  }, WATCHED_MS);
  const name = 'kiosk.live_view_daemon';
  printFigure({ name, value: shown, unit: 'frames/s', reference: DSLR_RATE, goal: '>=0.83' });
}

/** From the end of the capture call until the raw picture is painted: what the guest waits for on top of it. */
async function measureRawOnScreen(page: Page): Promise<void> {
  const ms: number[] = [];
  for (let shot = 0; shot < SHOTS; shot += 1) {
    const painted = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const { createObjectURL } = URL;
          URL.createObjectURL = (blob) => {
            URL.createObjectURL = createObjectURL;
            const takenAt = performance.now();
            // The page sets the picture's source before it does anything else.
            queueMicrotask(async () => {
              const picture = document.querySelector('#review-shots img') as HTMLImageElement;
              await picture.decode();
              // The first comes before the picture is painted, the second after it.
              requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - takenAt)));
            });
            return createObjectURL.call(URL, blob);
          };
        }),
    );
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pleine page' }).click();
    ms.push(await painted);
    await page.getByRole('button', { name: 'Garder' }).click();
    await page.getByRole('button', { name: 'Terminé' }).click();
    await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  }
  ms.sort((a, b) => a - b);
  const median = ms[ms.length >> 1] ?? Number.NaN;
  printFigure({ name: 'kiosk.raw_on_screen_ms', value: median, unit: 'ms', goal: '<=100' });
}

async function openKiosk(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(url);
  await page.getByRole('button', { name: 'Prendre des photos en attendant' }).click();
  await page.getByRole('button', { name: 'Prendre une photo' }).waitFor();
  return page;
}

async function urlOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the booth says nothing');
  for await (const line of createInterface({ input: stdout })) {
    const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
    if (msg === 'booth ready' && url) {
      stdout.resume(); // what else it says is read by nobody, and must not hold it up
      return url;
    }
  }
  throw new Error('the booth ended');
}

/** A photograph that moves, frame by frame. */
async function makeFilm(): Promise<Buffer> {
  const photo = new URL('../camera/player/coffee.jpg', import.meta.url).pathname;
  const wide = await sharp(photo)
    .resize(FULL_HD.width + FILM_FRAMES * 4, FULL_HD.height, { fit: 'cover' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const frames = Array.from({ length: FILM_FRAMES }, (_, n) =>
    sharp(wide.data, { raw: wide.info })
      .extract({ left: n * 4, top: 0, ...FULL_HD })
      .jpeg({ quality: 85 })
      .toBuffer(),
  );
  return Buffer.concat(await Promise.all(frames));
}
