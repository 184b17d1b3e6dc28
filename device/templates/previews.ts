import { createHash, randomUUID } from 'node:crypto';
import type { Settings } from '@photomaton/design-docs/settings';
import { shotsOf } from '@photomaton/design-docs/template';
import { type ImageWorker, samplePhotographs } from '../image/index.ts';
import type { Templates } from './templates.ts';

/** What templates look like, with photographs in them: made when first asked for, and again when they look different. */
export interface TemplatePreviews {
  /** A digest of all that the preview is made of: its address carries it, so that it can be kept for ever. */
  look(name: string, settings: Settings): string;
  /** A JPEG as small as a thumbnail, as it is now; undefined when there is no such template, or it cannot be drawn. */
  of(name: string): Promise<{ look: string; jpeg: Buffer } | undefined>;
}

export function createTemplatePreviews({
  templates,
  images,
  settings,
  now,
}: {
  templates: Pick<Templates, 'load' | 'revision'>;
  images: Pick<ImageWorker, 'render' | 'previews'>;
  settings(): Promise<Settings>;
  now(): Date;
}): TemplatePreviews {
  /** Another renderer may draw otherwise: what a browser kept of an earlier start is not asked for again. */
  const start = randomUUID();
  /** The last of each name. */
  const made = new Map<string, { look: string; jpeg: Promise<Buffer | undefined> }>();

  function look(name: string, { event, language }: Settings): string {
    const all = [start, name, templates.revision(name), event?.title, event?.accent, language];
    return createHash('sha256')
      .update(JSON.stringify([...all, now().toDateString()]))
      .digest('base64url');
  }

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
    look,
    async of(name) {
      const chosen = await settings();
      const last = made.get(name);
      const wanted = look(name, chosen);
      const preview = last?.look === wanted ? last : { look: wanted, jpeg: make(name, chosen) };
      made.set(name, preview);
      const jpeg = await preview.jpeg;
      return jpeg && { look: wanted, jpeg };
    },
  };
}
