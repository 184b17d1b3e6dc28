import type { Settings } from '@photomaton/design-docs/settings';
import { shotsOf } from '@photomaton/design-docs/template';
import { type ImageWorker, samplePhotographs } from '../image/index.ts';
import type { Templates } from './templates.ts';

/** What templates look like, with photographs in them: made when first asked for, and again when they have changed. */
export interface TemplatePreviews {
  /** A JPEG as small as a thumbnail; undefined when there is no such template, or it cannot be drawn. */
  of(name: string): Promise<Buffer | undefined>;
}

export function createTemplatePreviews({
  templates,
  images,
  settings,
  now,
}: {
  templates: Pick<Templates, 'load' | 'version'>;
  images: Pick<ImageWorker, 'render' | 'previews'>;
  settings(): Promise<Settings>;
  now(): Date;
}): TemplatePreviews {
  /** The last of each name. */
  const made = new Map<string, { of: string; jpeg: Promise<Buffer | undefined> }>();

  async function make(name: string, { event, language }: Settings): Promise<Buffer | undefined> {
    const loaded = await templates.load(name);
    if (!loaded) return undefined;
    const shots = await samplePhotographs(shotsOf(loaded.template));
    const { title = '', accent } = event ?? {};
    const occasion = { title, date: now(), language, ...(accent && { accent }) };
    const whole = await images.render({ ...loaded, occasion, dpi: 300 }, shots);
    if (whole.kind === 'failed') return undefined;
    const small = await images.previews(whole.jpeg);
    return small.kind === 'made' ? small.thumbnail : undefined;
  }

  return {
    async of(name) {
      const chosen = await settings();
      const { event, language } = chosen;
      const version = templates.version(name);
      if (version === undefined) return undefined;
      const of = JSON.stringify([version, event?.title, event?.accent, language, now().toDateString()]);
      if (made.get(name)?.of !== of) made.set(name, { of, jpeg: make(name, chosen) });
      return made.get(name)?.jpeg;
    },
  };
}
