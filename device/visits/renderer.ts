import type { FILTER_NAMES } from '@photomaton/design-docs/template';
import type { LoadedTemplate } from '../templates/templates.ts';

export type FilterName = (typeof FILTER_NAMES)[number];

/** What a picture is made of, beside its shots. */
export interface RenderJob extends LoadedTemplate {
  occasion: { title: string; date: Date; language: 'fr' | 'en'; accent?: string };
  dpi: 300 | 600;
  filter?: FilterName;
}

type Made<T> = ({ kind: 'made' } & T) | { kind: 'failed'; reason: string };

/** What visits use of the image worker. A slot is drawn when its shot is there, the whole when all slots are. */
export interface Renderer<Slot> {
  /** @param slot which of the template's */
  slot(job: RenderJob, slot: number, jpeg: Buffer): Promise<Made<{ picture: Slot }>>;
  compose(job: RenderJob, slots: Slot[]): Promise<Made<{ jpeg: Buffer }>>;
}
