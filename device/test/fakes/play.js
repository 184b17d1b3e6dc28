/** What the fakes of camera programs have in common: photographs to play, and the word that says what goes wrong. */
import { appendFileSync, readFileSync } from 'node:fs';
import sharp from 'sharp';

const PICTURES = ['astronaut', 'coffee', 'chelsea'];
/** Of each photograph: a window that moves across it. */
const STEPS = 4;

const file = process.env.FAKE_CAMERA_FILE;
if (file) appendFileSync(`${file}.pids`, `${process.pid}\n`);

/** @returns {string} */
export function mood() {
  try {
    return file ? readFileSync(file, 'utf8').trim() : 'well';
  } catch {
    return 'well';
  }
}

/**
 * A moving picture, as JPEGs.
 * @param {number} width
 * @param {number} height
 */
export function film(width, height) {
  const frames = PICTURES.flatMap((name) =>
    Array.from({ length: STEPS }, async (_, step) => {
      const wide = Math.round(width * 1.1);
      const left = Math.round(((wide - width) * step) / STEPS);
      return sharp(new URL(`../../camera/player/${name}.jpg`, import.meta.url).pathname)
        .resize(wide, height, { fit: 'cover' })
        .extract({ left, top: 0, width, height })
        .jpeg({ quality: 80 })
        .toBuffer();
    }),
  );
  return Promise.all(frames);
}

/** Answers no more, whatever comes. */
export function hang() {
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.removeAllListeners(signal);
    process.on(signal, () => undefined);
  }
  process.stdin.removeAllListeners().resume();
  setInterval(() => undefined, 60_000);
  if (file) appendFileSync(`${file}.hung`, `${process.pid}\n`);
  return new Promise(() => undefined);
}
