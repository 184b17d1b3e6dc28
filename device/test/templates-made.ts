import {
  imagesOf,
  type ParsedTemplate,
  parseTemplate,
  type Template,
} from '@photomaton/design-docs/template';
import sharp from 'sharp';
import type { LoadedTemplate } from '../templates/templates.ts';
import type { Renderer } from '../visits/renderer.ts';

/** A template of so many shots side by side; with a picture over them when it is to have one. */
export function layout(
  name: string,
  {
    shots = 1,
    mode,
    frame,
    version = 1,
  }: Partial<Pick<Template, 'mode' | 'version'>> & {
    shots?: number;
    frame?: string;
  } = {},
): Template {
  const size = { width: 120 * shots, height: 100 };
  return {
    ...{ name, version, size, title: { fr: `Le ${name}`, en: `The ${name}` } },
    mode: mode ?? (shots > 1 ? 'strip' : 'single'),
    background: { colour: 'paper' },
    slots: Array.from({ length: shots }, (_, shot) => ({
      shot,
      x: shot * 120,
      y: 0,
      width: 120,
      height: 100,
    })),
    overlays: frame ? [{ image: frame, x: 0, y: 0, ...size }] : [],
    texts: [],
  };
}

export const builtIn = (template: Template): LoadedTemplate => ({ template, images: new Map() });

export const png = (side = 20): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0.5 } } })
    .png()
    .toBuffer();

/** As `checkTemplate` of the renderer, as much of it as these tests need. */
export async function check(value: unknown, images: ReadonlyMap<string, Buffer>): Promise<ParsedTemplate> {
  const parsed = parseTemplate(value);
  if (parsed.kind === 'refused') return parsed;
  for (const name of imagesOf(parsed.template)) {
    const { format = 'nothing' } = await sharp(images.get(name) ?? Buffer.from('x'))
      .metadata()
      .catch(() => ({}) as { format?: string });
    if (format !== 'png')
      return { kind: 'refused', problems: [`${name} is ${images.has(name) ? format : 'missing'}`] };
  }
  return parsed;
}

/** Draws what it is asked for with sharp: each shot in its slot, and nothing else. Counts what it does. */
export function simpleRenderer() {
  const done = { slots: 0, composed: 0 };
  const state = { fails: false };
  const renderer: Renderer<{ left: number; top: number; input: Buffer }> = {
    async slot({ template, filter }, slot, jpeg) {
      done.slots += 1;
      const place = template.slots[slot];
      if (!place || state.fails) return { kind: 'failed', reason: 'no such slot, or told to fail' };
      const drawn = sharp(jpeg).resize(place.width, place.height);
      const input = await (filter === 'black-and-white' ? drawn.greyscale() : drawn).png().toBuffer();
      return { kind: 'made', picture: { left: place.x, top: place.y, input } };
    },
    async compose({ template }, slots) {
      done.composed += 1;
      if (state.fails) return { kind: 'failed', reason: 'told to fail' };
      const page = sharp({ create: { ...template.size, channels: 3, background: '#fbf7f0' } });
      return { kind: 'made', jpeg: await page.composite(slots).jpeg().toBuffer() };
    },
  };
  return { renderer, done, state };
}
