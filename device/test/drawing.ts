import { readFileSync } from 'node:fs';
import type { Template } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import type { RenderJob } from '../image/index.ts';

/** One of the shipped photographs. */
export const photograph = (name: string): Buffer =>
  readFileSync(new URL(`../camera/player/${name}.jpg`, import.meta.url));

/** Four shots of a visit: a person, a cat, a cup and a rocket. */
export const fourShots = (): Buffer[] => ['astronaut', 'chelsea', 'coffee', 'rocket'].map(photograph);

/** A page of 200x100 with one slot all over it, to be changed. */
export function aTemplate(changes: Partial<Template> = {}): Template {
  return {
    ...{ name: 'plain', version: 1, title: { fr: 'Simple', en: 'Plain' }, mode: 'single' as const },
    size: { width: 200, height: 100 },
    background: { colour: '#ffffff' },
    slots: [{ shot: 0, x: 0, y: 0, width: 200, height: 100 }],
    ...{ overlays: [], texts: [] },
    ...changes,
  };
}

export function aJob(changes: Partial<RenderJob> = {}): RenderJob {
  return {
    template: aTemplate(),
    images: new Map(),
    occasion: {
      title: 'Camille & Noé',
      date: new Date('2026-07-14T13:30:12Z'),
      timeZone: 'Europe/Paris',
      language: 'fr',
    },
    dpi: 300,
    ...changes,
  };
}

/** A JPEG of one colour. */
export const plainJpeg = (background: string, width = 400, height = 200): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ quality: 100 })
    .toBuffer();

/** The colours of single pixels, for JPEGs as round as they come. */
export async function coloursAt(picture: Buffer, points: [x: number, y: number][]): Promise<string[]> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return points.map(([x, y]) => {
    const [r, g, b] = data.subarray((y * info.width + x) * 3);
    return nameOf(r ?? 0, g ?? 0, b ?? 0);
  });
}

const NAMED = {
  black: [0, 0, 0],
  white: [255, 255, 255],
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  grey: [128, 128, 128],
} as const;

/** The name of a colour that is no further than JPEG makes it, else its numbers. */
function nameOf(r: number, g: number, b: number): string {
  const near = (a: number, b: number) => Math.abs(a - b) < 24;
  const found = Object.entries(NAMED).find(([, c]) => near(c[0], r) && near(c[1], g) && near(c[2], b));
  return found?.[0] ?? `${r},${g},${b}`;
}
