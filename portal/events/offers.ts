import type { EventDoc, Mode } from '@photomaton/design-docs/docs';
import { DEFAULTS } from '@photomaton/design-docs/settings';
import { FILTER_NAMES } from '@photomaton/design-docs/template';
import { builtInTemplates } from '@photomaton/device/image';

/** A layout that an event can offer. */
export interface TemplateChoice {
  name: string;
  title: { fr: string; en: string };
  mode: Mode;
}

/** Every booth has these. */
export const templateChoices = (): TemplateChoice[] =>
  builtInTemplates().map(({ template: { name, title, mode } }) => ({ name, title, mode }));

export const MODES = DEFAULTS.modes;
export const FILTERS = FILTER_NAMES;

/** What an event offers, with the defaults in place of what was never chosen. */
export function offerOf({ languages, templates, modes, filters }: Partial<EventDoc>) {
  return {
    languages: languages ?? DEFAULTS.languages,
    templates: templates ?? DEFAULTS.templates,
    modes: modes ?? DEFAULTS.modes,
    filters: filters ?? DEFAULTS.filters,
  };
}
