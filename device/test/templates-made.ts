import type { Template } from '@photomaton/design-docs/template';
import sharp from 'sharp';
import type { ImageWorker, TemplateWithImages } from '../image/index.ts';
import type { Renderer } from '../visits/drawings.ts';

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

export const builtIn = (template: Template): TemplateWithImages => ({ template, images: new Map() });

export const png = (side = 20): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 4, background: { r: 9, g: 9, b: 9, alpha: 0.5 } } })
    .png()
    .toBuffer();

/** The booth's own renderer, and what it was asked for; it can be told to fail. */
export function countedRenderer(images: ImageWorker) {
  const done = { slots: 0, composed: 0, films: 0 };
  const state = { fails: false };
  const failure = { kind: 'failed', reason: 'told to fail' } as const;
  const renderer: Renderer = {
    async slot(...job) {
      done.slots += 1;
      return state.fails ? failure : images.slot(...job);
    },
    async compose(...job) {
      done.composed += 1;
      return state.fails ? failure : images.compose(...job);
    },
    async film(...job) {
      done.films += 1;
      return state.fails ? failure : images.film(...job);
    },
  };
  return { renderer, done, state };
}
