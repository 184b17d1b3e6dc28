import { readdirSync, readFileSync } from 'node:fs';
import { parseTemplate, type Template } from '@photomaton/design-docs/template';

export interface TemplateWithImages {
  template: Template;
  images: ReadonlyMap<string, Uint8Array>;
}

const NAMES = ['full-bleed', 'classic-strip', 'grid', 'polaroid', 'postcard', 'boomerang'];

/** What a booth can always draw, whatever it is sent. */
export function builtInTemplates(): TemplateWithImages[] {
  return NAMES.map((name) => {
    const folder = new URL(`./${name}/`, import.meta.url);
    const parsed = parseTemplate(JSON.parse(readFileSync(new URL('template.json', folder), 'utf8')));
    if (parsed.kind === 'refused') throw new Error(`the built-in ${name}: ${parsed.problems.join(', ')}`);
    const pictures = readdirSync(folder).filter((file) => file.endsWith('.png'));
    const images = pictures.map((file) => [file, readFileSync(new URL(file, folder))] as const);
    return { template: parsed.template, images: new Map(images) };
  });
}
