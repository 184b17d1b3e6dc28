import { createHash } from 'node:crypto';
import type { Settings } from '@photomaton/design-docs/settings';
import { shotsOf, type Template } from '@photomaton/design-docs/template';
import type { Layout } from '../session.ts';
import type { TemplatePreviews } from './previews.ts';
import type { Templates } from './templates.ts';

/** The layouts that guests choose among, as the kiosk page is told them. */
export function offeredLayouts(
  {
    templates,
    previews,
  }: { templates: Pick<Templates, 'offered'>; previews: Pick<TemplatePreviews, 'look'> },
  settings: Settings,
): Layout[] {
  const all = templates.offered(settings.templates);
  const some = all.filter(({ mode }) => settings.modes.includes(mode));
  // Something to take is better than nothing, whatever the choices come to together.
  return (some.length > 0 ? some : all).map((template) => {
    const { name, title, mode } = template;
    const preview = `/api/templates/${name}/preview?look=${previews.look(name, settings)}`;
    return { name, title, mode, shots: shotsOf(template), places: placesOf(template), preview };
  });
}

/** Where a shot comes to several places, it is seen as in the first. */
function placesOf(template: Template): Layout['places'] {
  return Array.from({ length: shotsOf(template) }, (_, i) => {
    const { width = 1, height = 1 } = template.slots.find(({ shot }) => shot === i) ?? {};
    return { width, height };
  });
}

/** Another one whenever guests are offered, or shown, something else. */
export const digestOf = (layouts: readonly Layout[]): string =>
  createHash('sha256').update(JSON.stringify(layouts)).digest('base64url');
