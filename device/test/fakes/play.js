/** What the fakes of camera programs have in common: photographs to play, and the word that says what goes wrong. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Programs are started a hundred times in a run of the tests: their pictures are made once. */
const KEPT = fileURLToPath(new URL('../../../node_modules/.cache/photomaton-fakes', import.meta.url));

/**
 * The picture of that name, made if there is none yet.
 * @param {string} name
 * @param {() => Promise<Buffer>} make
 */
export async function kept(name, make) {
  const path = join(KEPT, name);
  try {
    return readFileSync(path);
  } catch {
    const picture = await make();
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, picture);
    renameSync(`${path}.${process.pid}`, path); // whole, or not there: others are starting too
    return picture;
  }
}

/**
 * A moving picture, as JPEGs.
 * @param {number} width
 * @param {number} height
 */
export function film(width, height) {
  const frames = PICTURES.flatMap((name) =>
    Array.from({ length: STEPS }, (_, step) =>
      kept(`${name}-${width}x${height}-${step}.jpg`, async () => {
        const { default: sharp } = await import('sharp');
        const wide = Math.round(width * 1.1);
        const left = Math.round(((wide - width) * step) / STEPS);
        return sharp(new URL(`../../camera/player/${name}.jpg`, import.meta.url).pathname)
          .resize(wide, height, { fit: 'cover' })
          .extract({ left, top: 0, width, height })
          .jpeg({ quality: 80 })
          .toBuffer();
      }),
    ),
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
