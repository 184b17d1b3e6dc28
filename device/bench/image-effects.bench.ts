/** npm run bench -- image.green_screen, image.boomerang: what a guest waits longer for. */
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import sharp from 'sharp';
import { makeBoomerang } from '../image/boomerang.ts';
import { builtInTemplates, type RenderJob, renderSlot } from '../image/index.ts';
import { renderFilm } from '../image/render/film.ts';
import { fastestInTurns, makeLargePhoto, pageOfFour, plainCompose } from './plain-compose.ts';

const ROUNDS = 8;
/** Ten frames there, eight of them back: 18 of 800 pixels. */
const CLIP = { frames: 10, width: 800, height: 600 };

const OCCASION = {
  title: 'Camille & Noé',
  date: new Date('2026-07-14T13:30:12Z'),
  language: 'fr',
} as const;

const FIGURES: Record<string, (name: string) => Promise<void>> = {
  'image.boomerang': measureBoomerang,
  'image.green_screen': measureGreenScreen, // last: it leaves sharp with one thread
};
for (const [name, measure] of Object.entries(FIGURES))
  if (name.startsWith(process.argv[2] ?? '')) await measure(name);

/** A slot of a page at 600 dpi with the guest before another background, against the slot alone. */
async function measureGreenScreen(name: string): Promise<void> {
  const job: RenderJob = { ...pageOfFour, dpi: 600, occasion: OCCASION };
  const shot = await beforeCloth(await makeLargePhoto('astronaut'));
  const backdrop = await sharp(await makeLargePhoto('coffee'))
    .resize(1800, 1200)
    .toBuffer();
  sharp.concurrency(1); // as in the image thread
  const [value, reference] = await fastestInTurns(
    ROUNDS,
    () => renderSlot({ ...job, backdrop }, 0, shot),
    () => renderSlot(job, 0, shot),
  );
  printFigure({ name, value, unit: 'ms', reference, goal: '<=1.25' });
}

/** There and back as MP4 and as WebP, and before that each frame on its template's page, against a page at 600 dpi. */
async function measureBoomerang(name: string): Promise<void> {
  const frame = builtInTemplates().find(({ template }) => template.name === 'boomerang');
  if (!frame) throw new Error('there is no frame of a boomerang');
  const job: RenderJob = { ...frame, dpi: 300, occasion: OCCASION };
  const photo = await makeLargePhoto('astronaut');
  const large = await sharp(photo).resize(1000, 750).toBuffer();
  // A head that moves through the picture.
  const jpegs = await Promise.all(
    Array.from({ length: CLIP.frames }, (_, i) =>
      sharp(large)
        .extract({ left: i * 10, top: 5 * i, width: CLIP.width, height: CLIP.height })
        .jpeg({ quality: 90 })
        .toBuffer(),
    ),
  );
  const make = async (frames: Buffer[]) => {
    const made = await makeBoomerang({ jpegs: frames, log: pino({ level: 'silent' }) });
    if (made.kind !== 'made' || !made.mp4) throw new Error('no boomerang');
  };
  await make(jpegs);
  const compose = () => plainCompose([photo, photo, photo, photo]);
  const [film, reference] = await fastestInTurns(ROUNDS, () => make(jpegs), compose);
  printFigure({ name, value: film, unit: 'ms', reference, goal: '<=0.6' });
  const framed = async () => make(await renderFilm(job, jpegs));
  const [value, page] = await fastestInTurns(ROUNDS, framed, compose);
  printFigure({ name: `${name}.framed`, value, unit: 'ms', reference: page, goal: '<=1' });
}

/** The photo's outer half becomes a green cloth. */
async function beforeCloth(jpeg: Buffer): Promise<Buffer> {
  const cloth = (await sharp(jpeg).metadata()).width / 4;
  const green = {
    input: { create: { width: cloth, height: 3000, channels: 3 as const, background: '#3ca54b' } },
  };
  return sharp(jpeg)
    .composite([
      { ...green, left: 0, top: 0 },
      { ...green, left: cloth * 3, top: 0 },
    ])
    .jpeg({ quality: 92 })
    .toBuffer();
}
