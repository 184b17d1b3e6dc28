/** npm run bench -- image.green_screen, image.boomerang: what a guest waits longer for. */
import { printFigure } from '@photomaton/design-docs/figure';
import { pino } from 'pino';
import sharp from 'sharp';
import { makeBoomerang } from '../image/boomerang.ts';
import { maskOf, replaceGreen } from '../image/green-screen.ts';
import { cleanMask } from '../image/vision/clean-mask.ts';
import { fastestInTurns, makeLargePhoto, plainCompose, SLOT } from './plain-compose.ts';

const ROUNDS = 15;
/** Ten frames there, eight of them back: 18 of 800 pixels. */
const CLIP = { frames: 10, width: 800, height: 600 };

const FIGURES: Record<string, (name: string) => Promise<void>> = {
  'image.green_screen': measureGreenScreen,
  'image.boomerang': measureBoomerang,
};
for (const [name, measure] of Object.entries(FIGURES))
  if (name.startsWith(process.argv[2] ?? '')) await measure(name);

/** A slot of a page at 600 dpi with the guest before another background, against the slot alone. */
async function measureGreenScreen(name: string): Promise<void> {
  const { width, height } = SLOT;
  const shot = await beforeCloth(await makeLargePhoto('astronaut'));
  const slot = () => sharp(shot).autoOrient().resize(SLOT).raw().toBuffer();
  const background = await sharp(await makeLargePhoto('coffee'))
    .resize(SLOT)
    .raw()
    .toBuffer();
  const withGreenScreen = async () => {
    const picture = { data: await slot(), width, height, channels: 3 } as const;
    replaceGreen(picture, background, cleanMask(maskOf(picture)));
  };
  await withGreenScreen();
  const [value, reference] = await fastestInTurns(ROUNDS, withGreenScreen, slot);
  printFigure({ name, value, unit: 'ms', reference, goal: '<=1.25' });
}

/** There and back as MP4 and as WebP, against a whole page at 600 dpi. */
async function measureBoomerang(name: string): Promise<void> {
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
  const make = async () => {
    const made = await makeBoomerang({ jpegs, log: pino({ level: 'silent' }) });
    if (made.kind !== 'made' || !made.mp4) throw new Error('no boomerang');
  };
  await make();
  const [value, reference] = await fastestInTurns(ROUNDS, make, () =>
    plainCompose([photo, photo, photo, photo]),
  );
  printFigure({ name, value, unit: 'ms', reference, goal: '<=0.6' });
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
