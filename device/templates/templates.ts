import type { StatusDoc } from '@photomaton/design-docs/docs';
import { imagesOf, parseTemplate, type Template } from '@photomaton/design-docs/template';
import type { Logger } from 'pino';
import type { ImageWorker, TemplateWithImages } from '../image/index.ts';
import type { BoothDb } from '../sync/booth-db.ts';
import { openTemplateFolder } from './template-folder.ts';

/**
 * The booth's templates: those that it came with, and those that came down from the portal, which go before one of
 * the same name. What came down and is broken never takes the place of what works, and is said in the booth's status.
 */
export interface Templates {
  /** Those of these names that there are, in that order; if none is, the first that the booth came with. */
  offered(names: readonly string[]): Template[];
  has(name: string): boolean;
  /** With the pictures of its layout. Undefined when there is none of that name any more. */
  load(name: string): Promise<TemplateWithImages | undefined>;
  /** Another one whenever anything of the template is another. Undefined when there is none of that name. */
  revision(name: string): string | undefined;
  /** Takes in what came down, and drops what was deleted; to be called after a pull. Never rejects. */
  bring(): Promise<void>;
  broken(): NonNullable<StatusDoc['brokenTemplates']>;
  /** Those that came down and are in use. */
  inUse(): NonNullable<StatusDoc['templates']>;
}

/** More than any template needs, and less than would fill a booth's memory. */
const MAX_BYTES = 32 * 2 ** 20;
/** As the validator of the status takes it. */
const MAX_REASON_LENGTH = 1000;
const MAX_BROKEN = 20;
const MAX_IN_USE = 100;

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
  images: { check },
  log,
}: {
  dir: string;
  /** Anything that is another with each pairing: templates of whoever had the booth before are not offered. */
  binding: string;
  boothDb: Pick<BoothDb, 'templates' | 'picture'>;
  /** At least one. */
  builtIn: readonly TemplateWithImages[];
  images: Pick<ImageWorker, 'check'>;
  log: Logger;
}): Promise<Templates> {
  const folder = await openTemplateFolder(dir);
  const known = new Map<string, Known>();
  const broken = new Map<string, { origin: string; version: number; reason: string }>();
  const originOf = ({ _rev }: { _rev: string }) => `${binding} ${_rev}`;

  for (const name of await folder.names()) {
    const stored = await folder.read(name);
    const isOurs = stored?.origin.startsWith(`${binding} `);
    const parsed = parseTemplate(stored?.layout);
    // The disk may have damaged a picture. (That it could not be looked at is no reason: it was, when it came down.)
    const checked = stored && isOurs ? await check(stored.layout, stored.images) : undefined;
    if (stored && parsed.kind === 'template' && checked && checked.kind !== 'refused') {
      known.set(name, { origin: stored.origin, template: parsed.template });
    } else await folder.remove(name); // what is meant to be here comes down again
  }

  /** Why it is not taken in; undefined when it was. `isFinal`: asked again, the answer would be the same. */
  async function takeIn(doc: CameDown): Promise<{ reason: string; isFinal?: false } | undefined> {
    const { name, layout } = doc;
    const parsed = parseTemplate(layout);
    if (parsed.kind === 'refused') return { reason: parsed.problems.join('; ') };
    if (parsed.template.name !== name || parsed.template.version !== doc.version) {
      return { reason: 'its layout is that of another template' };
    }
    const pictures = Object.entries(doc._attachments ?? {});
    const bytes = pictures.reduce((sum, [, { length }]) => sum + length, 0);
    if (bytes > MAX_BYTES) {
      return { reason: `its pictures are larger than ${MAX_BYTES / 2 ** 20} MB together` };
    }
    const images = new Map<string, Buffer>();
    for (const [image] of pictures) images.set(image, await boothDb.picture(name, image));
    const checked = await check(layout, images);
    if (checked.kind === 'refused') return { reason: checked.problems.join('; ') };
    if (checked.kind === 'failed') return { reason: checked.reason, isFinal: false };
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
      const refused = await takeIn(doc);
      if (!refused) {
        broken.delete(name);
        log.info({ template: name, version: doc.version }, 'a template came down');
      } else {
        const { reason, isFinal } = refused;
        const judged = isFinal === false ? '' : origin;
        broken.set(name, {
          origin: judged,
          version: doc.version,
          reason: reason.slice(0, MAX_REASON_LENGTH),
        });
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

    has: (name) => find(name) !== undefined,
    revision(name) {
      const version = find(name)?.version;
      return version === undefined ? undefined : (known.get(name)?.origin ?? `built-in ${version}`);
    },

    async load(name) {
      const synced = known.get(name);
      const stored = synced && (await folder.read(name));
      if (!stored) return builtIn.find(({ template }) => template.name === name);
      const needed = imagesOf(synced.template);
      return {
        template: synced.template,
        // The others would be carried to the image thread with every slot.
        images: new Map([...stored.images].filter(([image]) => needed.includes(image))),
      };
    },

    bring: () =>
      bring().catch((error: unknown) => {
        // The booth's own disk: photos are sent all the same, and the next cycle tries again.
        log.error({ err: error }, 'templates could not be taken in');
      }),

    broken: () =>
      [...broken].slice(0, MAX_BROKEN).map(([name, { version, reason }]) => ({ name, version, reason })),
    inUse: () =>
      [...known].slice(0, MAX_IN_USE).map(([name, { template }]) => ({ name, version: template.version })),
  };
}
