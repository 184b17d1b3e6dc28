import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { builtInTemplates, type TemplateWithImages } from '../image/index.ts';

const PHOTO = { width: 4000, height: 3000 };
const QUALITY = 92;

/** The page of four that is measured: two by two, 3600x2400 at 600 dpi. */
export const pageOfFour: TemplateWithImages = gridOf(builtInTemplates());

function gridOf(templates: TemplateWithImages[]): TemplateWithImages {
  const grid = templates.find(({ template }) => template.name === 'grid');
  if (!grid) throw new Error('there is no page of four');
  return grid;
}

/** A photograph of 12 MP, with the grain that makes it as large as a camera's. */
export async function makeLargePhoto(name: string): Promise<Buffer> {
  const file = fileURLToPath(new URL(`../camera/player/${name}.jpg`, import.meta.url));
  const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const;
  const grain = await sharp({ create: { ...PHOTO, channels: 3, background: 'grey', noise } })
    .jpeg()
    .toBuffer();
  return sharp(file)
    .resize(PHOTO)
    .composite([{ input: grain, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/** What others are measured against: the page as anyone would write it with sharp, without texts and profile. */
export async function plainCompose(shots: readonly Buffer[], dpi: 300 | 600 = 600): Promise<Buffer> {
  const scale = dpi / 300;
  const { size, slots } = pageOfFour.template;
  const layers = slots.map(async ({ shot, x, y, width, height }) => {
    const { data, info } = await sharp(shots[shot])
      .autoOrient()
      .resize(width * scale, height * scale)
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { input: data, raw: info, left: x * scale, top: y * scale };
  });
  const page = { width: size.width * scale, height: size.height * scale };
  return sharp({ create: { ...page, channels: 3, background: '#b3261e' } })
    .composite(await Promise.all(layers))
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

/** The best of some rounds of each, in turns: what else the machine does is not what is measured. */
export async function fastestInTurns(
  rounds: number,
  ours: () => unknown,
  reference: () => unknown,
): Promise<[ours: number, reference: number]> {
  const best: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, work] of [ours, reference].entries()) {
      const started = performance.now();
      await work();
      best[i] = Math.min(best[i] as number, performance.now() - started);
    }
  }
  return best;
}
