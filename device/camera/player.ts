import { type Camera, CameraError, encode, recordFrom, SILENCE_MS, until } from './camera.ts';

/** Width to height of what a camera sees. */
const VIEW = { width: 1280, height: 854 };
const SHOT = { width: 1800, height: 1201 };
const PICTURES = ['astronaut', 'coffee', 'chelsea', 'cameraman', 'rocket'];
const PICTURE_MS = 5_000;
const FADE_MS = 800;
/** Slow movement needs no more, and software rendering on a small computer has no more. */
const FRAME_MS = 1000 / 15;
/** For who has told their system that things should keep still. */
const STILL_FRAME_MS = 500;
/** How much of the picture the moving window leaves out: room to move, and every shot is another one. */
const ZOOM = 1.06;

/** A camera that needs no hardware: shows the shipped photographs one after the other, slowly moving. */
export function createPlayer(): Camera {
  const view = document.createElement('canvas');
  Object.assign(view, VIEW);
  let pictures: HTMLImageElement[] = [];
  let timer: number | undefined;
  let startedAt = 0;
  let lastFrameAt = Number.NEGATIVE_INFINITY;

  function drawOn(canvas: HTMLCanvasElement, now: number, { fade }: { fade: boolean }): void {
    const pen = canvas.getContext('2d', { alpha: false });
    if (!pen) throw new Error('no canvas');
    pen.imageSmoothingQuality = 'high';
    const turn = Math.floor(now / PICTURE_MS);
    const into = now - turn * PICTURE_MS;
    drawPicture(pen, pictures[turn % pictures.length], into / PICTURE_MS);
    const fadeLeft = PICTURE_MS - into;
    if (fade && fadeLeft < FADE_MS) {
      pen.globalAlpha = 1 - fadeLeft / FADE_MS;
      drawPicture(pen, pictures[(turn + 1) % pictures.length], 0);
      pen.globalAlpha = 1;
    }
  }

  return {
    view,
    shutterDelayMs: 0,
    async start() {
      if (pictures.length === 0) pictures = await Promise.all(PICTURES.map(load));
      startedAt = performance.now();
      clearInterval(timer);
      const frame = () => {
        lastFrameAt = performance.now();
        drawOn(view, lastFrameAt - startedAt, { fade: true });
      };
      frame();
      const { matches: isStill } = matchMedia('(prefers-reduced-motion: reduce)');
      timer = window.setInterval(frame, isStill ? STILL_FRAME_MS : FRAME_MS);
    },
    async capture(at) {
      if (at !== undefined) await until(at);
      if (timer === undefined) throw new CameraError('missing');
      const canvas = document.createElement('canvas');
      Object.assign(canvas, SHOT);
      // A photo is of one picture, whatever the fade is at.
      drawOn(canvas, performance.now() - startedAt, { fade: false });
      return encode(canvas);
    },
    record: (ms, frames) =>
      recordFrom(
        () => {
          if (timer === undefined) throw new CameraError('missing');
          return { image: view, ...VIEW };
        },
        ms,
        frames,
      ),
    isLive: () => performance.now() - lastFrameAt < SILENCE_MS,
    stop() {
      clearInterval(timer);
      timer = undefined;
      lastFrameAt = Number.NEGATIVE_INFINITY;
    },
  };
}

/** Covers the canvas with the picture, the window at `progress` (0 to 1) of its way across. */
function drawPicture(
  pen: CanvasRenderingContext2D,
  picture: HTMLImageElement | undefined,
  progress: number,
): void {
  if (!picture) return;
  const { width, height } = pen.canvas;
  const scale = Math.max(width / picture.naturalWidth, height / picture.naturalHeight) * ZOOM;
  const w = picture.naturalWidth * scale;
  const h = picture.naturalHeight * scale;
  // Faces are in the upper half: when the picture is too high, more of its top is kept.
  pen.drawImage(picture, (width - w) * progress, (height - h) * (0.1 + 0.3 * progress), w, h);
}

async function load(name: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `/pictures/${name}.jpg`;
  await image.decode();
  return image;
}
