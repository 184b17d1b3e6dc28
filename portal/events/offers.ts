import type { EventDoc } from '@photomaton/design-docs/docs';
import { DEFAULTS } from '@photomaton/design-docs/settings';
import { FILTER_NAMES } from '@photomaton/design-docs/template';

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
