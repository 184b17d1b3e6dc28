import { isDeepStrictEqual } from 'node:util';
import type { Couch } from '@photomaton/couch';
import {
  type BoothDoc,
  boothDatabase,
  type EventDoc,
  isDesignName,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import { imagesOf } from '@photomaton/design-docs/template';
import { findDesign, versionFor } from '../templates/designs.ts';
import { loadPictures } from '../templates/pictures.ts';

interface Parts {
  couch: Couch;
}

/** The customer's own templates that an event offers: each has to be on its booths. */
const namesIn = ({ templates = [] }: EventDoc): string[] => templates.filter(isDesignName);

/**
 * Brings to a booth the versions that it is to have, with their pictures; to be called before its settings name them.
 * Did it write any? Then it wants to be asked again: another node that knew less may have written meanwhile.
 */
export async function bringTemplates(o: Parts, booth: BoothDoc, event: EventDoc): Promise<boolean> {
  let isNew = false;
  for (const name of namesIn(event)) isNew = (await bringTemplate(o, booth, name)) || isNew;
  return isNew;
}

async function bringTemplate(o: Parts, { booth, owner }: BoothDoc, name: string): Promise<boolean> {
  const design = await findDesign(o, owner, name);
  const wanted = design && versionFor(design, booth);
  if (!wanted) return false;
  const db = boothDatabase(booth);
  const _id = templateId(name);
  const { version, layout } = wanted;
  if (isDeepStrictEqual((await o.couch.get<TemplateDoc>(db, _id))?.layout, layout)) return false;
  const found = await loadPictures(o, owner, layout);
  // A layout without one of its pictures is none: the booth stays with the version that it has.
  if (imagesOf(layout).some((image) => !found.has(image))) return false;
  const pictures = [...found].map(([image, bytes]) => {
    const content_type = `image/${image.split('.').at(-1)?.replace('jpg', 'jpeg')}`;
    return [image, { content_type, data: bytes.toString('base64') }] as const;
  });
  await o.couch.update<TemplateDoc & { _attachments: object }>(db, _id, (found) => ({
    ...{ _id, type: 'template', name, version, layout, _attachments: Object.fromEntries(pictures) },
    ...(found && { _rev: found._rev }),
  }));
  return true;
}

/** Takes from a booth what its event offers no more; to be called when its settings name it no more. */
export async function takeTemplates({ couch }: Parts, { booth }: BoothDoc, event: EventDoc): Promise<void> {
  const db = boothDatabase(booth);
  const range = { startkey: templateId(''), endkey: templateId('\ufff0'), limit: 1000 };
  const names = (await couch.ids(db, range)).map((id) => id.slice(templateId('').length));
  for (const name of names.filter((one) => isDesignName(one) && !namesIn(event).includes(one))) {
    const found = await couch.get<TemplateDoc>(db, templateId(name));
    if (found) await couch.remove(db, found._id, found._rev);
  }
}
