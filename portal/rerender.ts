import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Couch, Stored } from '@photomaton/couch';
import {
  type BoothId,
  boothDatabase,
  type EventDoc,
  type EventId,
  eventDatabase,
  eventDocId,
  MOST_SHOTS,
  type PhotoDoc,
  parsePhotoId,
  type SettingsDoc,
  SHOT_ATTACHMENT,
  type ShotDoc,
  serialOf,
  type TemplateDoc,
  templateId,
} from '@photomaton/design-docs/docs';
import { withDefaults } from '@photomaton/design-docs/settings';
import { FILTER_NAMES, shotsOf } from '@photomaton/design-docs/template';
import {
  builtInTemplates,
  checkTemplate,
  makeBoomerang,
  type RenderJob,
  render,
  renderFilm,
  type TemplateWithImages,
} from '@photomaton/device/image';
import type { Logger } from 'pino';
import { readPicture } from './events/event-pictures.ts';

/**
 * Makes the pictures of a whole event again, from the single shots that its booths kept, with its templates or with
 * another; with a boomerang's, films as well, MP4 and animated WebP. They are written to a folder and not into the event: photos are immutable there, only booths add them,
 * and a guest's link leads to the picture that the guest has seen. Who wants to give these away has them as files.
 */
export async function* rerender(
  { couch, log }: { couch: Couch; log: Logger },
  { event, template, folder }: { event: EventDoc; template: string | undefined; folder: string },
): AsyncGenerator<Rerendered> {
  await mkdir(folder, { recursive: true });
  const booths = await Promise.all(event.booths.map((booth) => boothOf(couch, booth, event.event)));
  const backdrop = await readPicture({ couch }, event, 'backdrop');
  const loaded = new Map<string, Promise<TemplateWithImages | undefined>>();
  const names = new Set<string>();

  const load = (name: string) => {
    const found = loaded.get(name) ?? loadTemplate(couch, name, event.booths);
    loaded.set(name, found);
    return found;
  };

  async function again(photo: PhotoDoc & Stored): Promise<Rerendered> {
    const { name, booth, made } = photo;
    const shots = await shotsIn(couch, event.event, photo);
    if (shots.length === 0) return { name, kind: 'skipped', why: 'its shots were not kept' };
    const wanted = template ?? made?.template;
    if (wanted === undefined) return { name, kind: 'skipped', why: 'it was made without a template' };
    const found = await load(wanted);
    if (!found) return { name, kind: 'skipped', why: `there is no template ${wanted}` };
    const takes = shotsOf(found.template);
    if (shots.length < takes) {
      return { name, kind: 'skipped', why: `${wanted} takes ${takes} shots, and it has ${shots.length}` };
    }
    const job = await jobFor(photo, found);
    const { jpeg } = await render(job, shots);
    // Two booths at one event may give the same name in the same second.
    const file = names.has(name) ? `${parse(name).name}-${serialOf(booth)}.jpg` : name;
    names.add(file);
    await put(file, jpeg);
    const lacks =
      found.template.mode === 'boomerang' ? await filmAgain(parse(file).name, job, shots) : undefined;
    return { name: file, kind: 'made', ...(lacks && { lacks }) };
  }

  async function jobFor({ booth, made, takenAt }: PhotoDoc, found: TemplateWithImages): Promise<RenderJob> {
    const { settings } = booths.find((one) => one.booth === booth) ?? { settings: withDefaults(undefined) };
    const filter = FILTER_NAMES.find((one) => one === made?.filter);
    return {
      ...found,
      occasion: {
        ...{ title: event.title, language: made?.language ?? settings.language },
        // As the clock on the wall said there: the photo carries the booth's own offset.
        ...{ date: new Date(`${takenAt.slice(0, 19)}Z`), timeZone: 'UTC' },
        ...(settings.event?.accent && { accent: settings.event.accent }),
      },
      dpi: settings.dpi,
      ...(filter && { filter }),
      ...(backdrop && { backdrop }),
    };
  }

  /** As the booth makes it. Says what is missing of it, and why. */
  async function filmAgain(name: string, job: RenderJob, frames: Buffer[]): Promise<string | undefined> {
    if (frames.length < 2) return 'no film: its frames were not kept';
    const film = await makeBoomerang({ jpegs: await renderFilm(job, frames), log });
    if (film.kind === 'failed') return `no film: ${film.reason}`;
    await put(`${name}.webp`, film.webp);
    if (!film.mp4) return 'no MP4: ffmpeg is not installed, or failed';
    await put(`${name}.mp4`, film.mp4);
    return undefined;
  }

  async function put(file: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(folder, `${file}.part`), bytes);
    await rename(join(folder, `${file}.part`), join(folder, file));
  }

  for await (const photo of photosOf(couch, event.event)) {
    yield await again(photo).catch((error: Error): Rerendered => {
      return { name: photo.name, kind: 'skipped', why: error.message }; // one that is damaged costs no other
    });
  }
}

export type Rerendered = { name: string } & (
  | { kind: 'made'; lacks?: string }
  | { kind: 'skipped'; why: string }
);

/** The event, by its id; undefined when there is none. */
export const findEvent = (couch: Couch, event: EventId): Promise<(EventDoc & Stored) | undefined> =>
  couch.get<EventDoc>('fleet', eventDocId(event));

const PAGE = 200;

async function* photosOf(couch: Couch, event: EventId): AsyncGenerator<PhotoDoc & Stored> {
  for (let startkey = 'photo:'; ; ) {
    const range = { startkey, endkey: 'photo;', limit: PAGE };
    const photos = await couch.range<PhotoDoc>(eventDatabase(event), range);
    yield* photos;
    const last = photos.at(-1);
    if (!last || photos.length < PAGE) return;
    startkey = `${last._id}\u0000`;
  }
}

/** Its shots in their order, as far as they go without a gap. */
async function shotsIn(couch: Couch, event: EventId, photo: PhotoDoc): Promise<Buffer[]> {
  const key = parsePhotoId(photo._id);
  if (!key) throw new TypeError(`not the id of a photo: ${photo._id}`);
  const startkey = `shot:${key.time}:${key.booth}:${key.n}:`;
  const range = { startkey, endkey: `${startkey}g`, limit: MOST_SHOTS };
  const docs = await couch.range<ShotDoc>(eventDatabase(event), range);
  const shots: Buffer[] = [];
  for (let shot = 0; ; shot += 1) {
    const doc = docs.find(({ shots }) => shots.includes(shot));
    const answer = doc && (await couch.attachment(eventDatabase(event), doc._id, SHOT_ATTACHMENT));
    if (!answer) return shots;
    shots.push(await buffer(answer.body));
  }
}

async function boothOf(couch: Couch, booth: BoothId, event: EventId) {
  const settings = await couch.get<SettingsDoc>(boothDatabase(booth), 'settings');
  // One that is at another event now has that one's colour.
  return { booth, settings: withDefaults(settings?.event.id === event ? settings : undefined) };
}

/** As the event's booths have it, those that came last first; else one that every booth comes with. */
async function loadTemplate(
  couch: Couch,
  name: string,
  booths: BoothId[],
): Promise<TemplateWithImages | undefined> {
  for (const booth of booths.toReversed()) {
    const db = boothDatabase(booth);
    const doc = await couch.get<TemplateDoc>(db, templateId(name));
    if (!doc) continue;
    const images = new Map<string, Buffer>();
    for (const image of Object.keys(doc._attachments ?? {})) {
      const answer = await couch.attachment(db, doc._id, image);
      if (answer) images.set(image, await buffer(answer.body));
    }
    const checked = await checkTemplate(doc.layout, images);
    if (checked.kind === 'template') return { template: checked.template, images };
  }
  return builtInTemplates().find(({ template }) => template.name === name);
}
