import type { Couch } from '@photomaton/couch';
import type { DesignDoc, Mode } from '@photomaton/design-docs/docs';
import { builtInTemplates, type TemplateWithImages } from '@photomaton/device/image';
import { findDesign, listDesigns, versionFor } from './designs.ts';
import { loadPictures } from './pictures.ts';

/** A layout that an event can offer. */
export interface TemplateChoice {
  name: string;
  title: { fr: string; en: string };
  mode: Mode;
  size: { width: number; height: number };
}

/** Those that every booth has, and those of the account's own that were published. */
export async function templateChoices(o: { couch: Couch }, owner: string): Promise<TemplateChoice[]> {
  const own = (await listDesigns(o, owner)).flatMap((design) => versionFor(design)?.layout ?? []);
  return [...builtInTemplates().map(({ template }) => template), ...own].map(
    ({ name, title, mode, size }) => ({ name, title, mode, size }),
  );
}

/** A layout that an event can offer, to be drawn. */
export async function findTemplate(
  o: { couch: Couch },
  owner: string,
  name: string,
): Promise<TemplateWithImages | undefined> {
  const builtIn = builtInTemplates().find(({ template }) => template.name === name);
  if (builtIn) return builtIn;
  const design = await findDesign(o, owner, name);
  return design && withPictures(o, design, versionFor(design)?.layout);
}

/** A layout of a design with its pictures. */
export async function withPictures(
  o: { couch: Couch },
  { owner }: DesignDoc,
  layout: TemplateWithImages['template'] | undefined,
): Promise<TemplateWithImages | undefined> {
  return layout && { template: layout, images: await loadPictures(o, owner, layout) };
}
