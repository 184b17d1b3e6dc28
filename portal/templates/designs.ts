import { randomBytes } from 'node:crypto';
import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothId,
  type DesignDoc,
  type DesignVersion,
  designId,
  isDesignName,
  MAX_VERSIONS,
} from '@photomaton/design-docs/docs';
import type { Template } from '@photomaton/design-docs/template';

/** Of an account. */
export const MAX_DESIGNS = 50;

interface Parts {
  couch: Couch;
  now(): Date;
}

/** An account's own templates, those changed last first. */
export async function listDesigns(
  { couch }: Pick<Parts, 'couch'>,
  owner: string,
): Promise<(DesignDoc & Stored)[]> {
  const designs = await couch.range<DesignDoc>('designs', {
    ...{ startkey: designId(owner, ''), endkey: designId(owner, '\ufff0'), limit: 1000 },
  });
  return designs.sort((a, b) => b.changedAt.localeCompare(a.changedAt));
}

/** An account's own template of that name, if there is one. */
export async function findDesign(
  { couch }: Pick<Parts, 'couch'>,
  owner: string,
  name: unknown,
): Promise<(DesignDoc & Stored) | undefined> {
  return isDesignName(name) ? await couch.get<DesignDoc>('designs', designId(owner, name)) : undefined;
}

/** Begins a template with the layout of another, whose pictures are the account's own already. */
export async function createDesign(
  { couch, now }: Parts,
  owner: string,
  layout: Template,
): Promise<DesignDoc> {
  const name = `${slugOf(layout.title.fr)}-${randomBytes(3).toString('hex')}`;
  const title = {
    fr: `${layout.title.fr.slice(0, 70)} (copie)`,
    en: `${layout.title.en.slice(0, 70)} (copy)`,
  };
  const design: DesignDoc = {
    ...{ _id: designId(owner, name), type: 'design', owner, name },
    draft: { ...layout, name, version: 1, title },
    ...{ edition: 1, changedAt: now().toISOString(), versions: [] },
  };
  await couch.put<DesignDoc>('designs', design);
  return design;
}

type Saved =
  | { kind: 'saved'; design: DesignDoc }
  /** Somebody saved since it was read. */
  | { kind: 'overtaken'; edition: number }
  | { kind: 'gone' };

/**
 * Saves the draft, and with `publish` makes a version of it, in one write. What nothing offers yet (`isUsed`) is
 * everywhere at once; what booths have waits until the customer puts it out.
 */
export async function saveDraft(
  { couch, now }: Parts,
  { _id }: DesignDoc,
  o: { edition: number; layout: Template; publish?: { isUsed: boolean } },
): Promise<Saved> {
  let saved: Saved = { kind: 'gone' };
  await couch.update<DesignDoc>('designs', _id, (found) => {
    saved = { kind: 'gone' };
    if (!found) return undefined;
    if (found.edition !== o.edition) {
      saved = { kind: 'overtaken', edition: found.edition };
      return undefined;
    }
    const at = now().toISOString();
    const draft = { ...o.layout, name: found.name, version: found.draft.version };
    const next = { ...found, draft, edition: found.edition + 1, changedAt: at };
    const design = o.publish ? published(next, at, o.publish.isUsed) : next;
    saved = { kind: 'saved', design };
    return design;
  });
  return saved;
}

function published(design: DesignDoc, at: string, isUsed: boolean): DesignDoc {
  const { trial: _, ...rest } = design;
  const { draft } = design;
  const everywhere = isUsed ? design.everywhere : draft.version;
  const versions = [...design.versions, { version: draft.version, at, layout: draft }];
  const kept = versions.filter(
    ({ version }, i) => i >= versions.length - MAX_VERSIONS || version === everywhere,
  );
  return {
    ...rest,
    draft: { ...draft, version: draft.version + 1 },
    versions: kept,
    ...(everywhere !== undefined && { everywhere }),
  };
}

export const newestOf = ({ versions }: Pick<DesignDoc, 'versions'>): DesignVersion | undefined =>
  versions.at(-1);

/** The version that a booth is to have; without a booth, the one of all others. */
export function versionFor(design: DesignDoc, booth?: BoothId): DesignVersion | undefined {
  if (booth !== undefined && design.trial === booth) return newestOf(design);
  return design.versions.find(({ version }) => version === design.everywhere);
}

/** The newest version goes to one booth before the others. */
export async function tryOn(
  { couch }: Pick<Parts, 'couch'>,
  { _id }: DesignDoc,
  booth: BoothId,
): Promise<void> {
  await couch.update<DesignDoc>('designs', _id, (found) =>
    found && newestOf(found)?.version !== found.everywhere ? { ...found, trial: booth } : undefined,
  );
}

/** The version that was seen goes to all booths. */
export async function putEverywhere(
  { couch }: Pick<Parts, 'couch'>,
  { _id }: DesignDoc,
  version: number,
): Promise<void> {
  await couch.update<DesignDoc>('designs', _id, (found) => {
    if (!found || newestOf(found)?.version !== version) return undefined;
    const { trial: _, ...rest } = found;
    return { ...rest, everywhere: version };
  });
}

/** A part of a name that people recognise where a name is all that is known: `fete-de-lea`. */
function slugOf(title: string): string {
  const letters = title.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return (
    letters
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 40) || 'template'
  );
}
