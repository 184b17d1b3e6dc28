import {
  imagesOf,
  type ParsedTemplate,
  parseTemplate,
  type Template,
} from '@photomaton/design-docs/template';
import type { Logger } from 'pino';
import type { BoothDb } from '../sync/booth-db.ts';
import { openTemplateFolder } from './template-folder.ts';

/** A template with its pictures, ready to be drawn. */
export interface LoadedTemplate {
  template: Template;
  images: ReadonlyMap<string, Buffer>;
}

/**
 * The booth's templates: those that it came with, and those that came down from the portal, which go before one of
 * the same name. What came down and is broken never takes the place of what works, and is said in the booth's status.
 */
export interface Templates {
  /** Those of these names that there are, in that order; if none is, the first that the booth came with. */
  offered(names: readonly string[]): Template[];
  /** Undefined when there is none of that name any more. */
  load(name: string): Promise<LoadedTemplate | undefined>;
  /** Takes in what came down, and drops what was deleted; to be called after a pull. Never rejects. */
  bring(): Promise<void>;
  broken(): { name: string; reason: string }[];
}

/** More than any template needs, and less than would fill a booth's memory. */
const MAX_BYTES = 32 * 2 ** 20;
/** As the validator of the status takes it. */
const MAX_REASON_LENGTH = 1000;
const MAX_BROKEN = 20;

type CameDown = Awaited<ReturnType<BoothDb['templates']>>[number];

interface Known {
  origin: string;
  template: Template;
}

export async function openTemplates({
  dir,
  binding,
  boothDb,
  builtIn,
  check,
  log,
}: {
  dir: string;
  /** Anything that is another with each pairing: templates of whoever had the booth before are not offered. */
  binding: string;
  boothDb: Pick<BoothDb, 'templates' | 'picture'>;
  /** At least one. */
  builtIn: readonly LoadedTemplate[];
  /** Can it be drawn? */
  check(layout: unknown, images: ReadonlyMap<string, Buffer>): Promise<ParsedTemplate>;
  log: Logger;
}): Promise<Templates> {
  const folder = await openTemplateFolder(dir);
  const known = new Map<string, Known>();
  const broken = new Map<string, { origin: string; reason: string }>();
  const originOf = ({ _rev }: { _rev: string }) => `${binding} ${_rev}`;

  for (const name of await folder.names()) {
    const stored = await folder.read(name);
    const isOurs = stored?.origin.startsWith(`${binding} `);
    const checked = stored && isOurs ? await check(stored.layout, stored.images) : undefined;
    if (stored && checked?.kind === 'template') {
      known.set(name, { origin: stored.origin, template: checked.template });
    } else await folder.remove(name); // what is meant to be here comes down again
  }

  /** The reason why it is not taken in; undefined when it was. */
  async function takeIn(doc: CameDown): Promise<string | undefined> {
    const { name, layout } = doc;
    const parsed = parseTemplate(layout);
    if (parsed.kind === 'refused') return parsed.problems.join('; ');
    if (parsed.template.name !== name || parsed.template.version !== doc.version) {
      return 'its layout is that of another template';
    }
    const needed = imagesOf(parsed.template).filter((image) => doc._attachments?.[image]);
    const bytes = needed.reduce((sum, image) => sum + (doc._attachments?.[image]?.length ?? 0), 0);
    if (bytes > MAX_BYTES) return `its pictures are larger than ${MAX_BYTES / 2 ** 20} MB together`;
    const images = new Map<string, Buffer>();
    for (const image of needed) images.set(image, await boothDb.picture(name, image));
    const checked = await check(layout, images);
    if (checked.kind === 'refused') return checked.problems.join('; ');
    await folder.write(name, { origin: originOf(doc), layout, images });
    known.set(name, { origin: originOf(doc), template: checked.template });
    return undefined;
  }

  async function bring(): Promise<void> {
    const docs = await boothDb.templates();
    for (const doc of docs) {
      const { name } = doc;
      const origin = originOf(doc);
      if (known.get(name)?.origin === origin) broken.delete(name);
      if ([known.get(name)?.origin, broken.get(name)?.origin].includes(origin)) continue;
      const reason = await takeIn(doc);
      if (reason === undefined) {
        broken.delete(name);
        log.info({ template: name, version: doc.version }, 'a template came down');
      } else {
        broken.set(name, { origin, reason: reason.slice(0, MAX_REASON_LENGTH) });
        log.warn({ template: name, reason }, 'a template came down that cannot be used');
      }
    }
    const names = new Set(docs.map(({ name }) => name));
    for (const name of broken.keys()) if (!names.has(name)) broken.delete(name);
    for (const name of known.keys()) {
      if (names.has(name)) continue;
      known.delete(name);
      await folder.remove(name);
    }
  }

  const find = (name: string): Template | undefined =>
    known.get(name)?.template ?? builtIn.find(({ template }) => template.name === name)?.template;

  return {
    offered(names) {
      const found = names.flatMap((name) => find(name) ?? []);
      return found.length > 0 ? found : builtIn.slice(0, 1).map(({ template }) => template);
    },

    async load(name) {
      const synced = known.get(name);
      const stored = synced && (await folder.read(name));
      if (stored) return { template: synced.template, images: stored.images };
      return builtIn.find(({ template }) => template.name === name);
    },

    bring: () =>
      bring().catch((error: unknown) => {
        // The booth's own disk: photos are sent all the same, and the next cycle tries again.
        log.error({ err: error }, 'templates could not be taken in');
      }),

    broken: () => [...broken].slice(0, MAX_BROKEN).map(([name, { reason }]) => ({ name, reason })),
  };
}
