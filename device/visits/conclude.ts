import type { Settings } from '@photomaton/design-docs/settings';
import { shotsOf } from '@photomaton/design-docs/template';
import type { Backdrops } from '../backdrops.ts';
import type { RenderJob, TemplateWithImages } from '../image/index.ts';
import type { Clip } from '../store/extras.ts';
import { checkJpeg } from '../store/jpeg.ts';
import type { SaveOutcome } from '../store/save.ts';
import type { Store } from '../store/store.ts';
import type { Templates } from '../templates/templates.ts';
import type { Drawings } from './drawings.ts';
import type { Choice, StoredVisit } from './visit-folder.ts';

/** What making a photo of a visit takes. */
export interface Workshop {
  store: Pick<Store, 'save' | 'savedUnder'>;
  templates: Pick<Templates, 'load'>;
  backdrops: Pick<Backdrops, 'read'>;
  drawings: Drawings;
  settings(): Promise<Settings>;
}

/** How it ended. `lacks`: something that the guest made could not be made use of, and is not to be thrown away. */
export type Conclusion = SaveOutcome & { lacks?: boolean };

export async function jobOf(
  { settings, backdrops }: Pick<Workshop, 'settings' | 'backdrops'>,
  loaded: TemplateWithImages,
  { startedAt, language, filter }: Choice,
): Promise<RenderJob> {
  const { event, language: usual, dpi, greenScreen } = await settings();
  const backdrop = greenScreen && (await backdrops.read(greenScreen));
  const occasion = { title: event?.title ?? '', date: new Date(startedAt), language: language ?? usual };
  return {
    ...loaded,
    occasion: { ...occasion, ...(event?.accent && { accent: event.accent }) },
    dpi,
    ...(filter && { filter }),
    ...(backdrop && { backdrop }),
  };
}

/** Its shots; of a boomerang, the first frame stands for the shot, unless one was sent. */
function shotsIn({ shots, frames }: StoredVisit): ReadonlyMap<number, Buffer> {
  const [first] = frames ?? [];
  return shots.size === 0 && first ? new Map([[0, first]]) : shots;
}

/** The shots that a template takes, in order; undefined when one is missing. */
export function shotsFor({ template }: TemplateWithImages, visit: StoredVisit): Buffer[] | undefined {
  const shots = shotsIn(visit);
  const inOrder = Array.from({ length: shotsOf(template) }, (_, shot) => shots.get(shot));
  return inOrder.every((jpeg) => jpeg !== undefined) ? inOrder : undefined;
}

/** Saves a visit: the finished picture or, when there is none to be had, each shot as a photo of its own. */
export async function conclude(key: string, visit: StoredVisit, workshop: Workshop): Promise<Conclusion> {
  const { store, templates, drawings, settings } = workshop;
  const { choice, frames } = visit;
  const before = store.savedUnder(key);
  if (before) return before;
  const loaded = await templates.load(choice.template);
  const shots = loaded && shotsFor(loaded, visit);
  const job = loaded && (await jobOf(workshop, loaded, choice));
  const clips = frames ? await drawings.film(key, job, frames) : [];
  const hasNoFilm = frames !== undefined && clips.length === 0;
  const jpeg = job && shots && (await drawings.finish(key, job, shots));
  if (!jpeg) return saveShots(key, visit, { store, clips, lacks: hasNoFilm });
  const { language } = job.occasion;
  const { name: template, version } = job.template;
  const made = { template, version, language, ...(choice.filter && { filter: choice.filter }) };
  const { keepShots } = await settings();
  // All that the guest made: of a boomerang its other frames too, or no film could be made again.
  const kept = [...shots, ...(frames ?? []).slice(shots.length)];
  const outcome = await store.save(jpeg, key, { made, clips, ...(keepShots && { shots: kept }) });
  return { ...outcome, lacks: hasNoFilm };
}

/** The first bears the visit's key, and its film: it is what the guest's link leads to. */
async function saveShots(
  key: string,
  visit: StoredVisit,
  { store, clips, lacks }: { store: Pick<Store, 'save'>; clips: Clip[]; lacks: boolean },
): Promise<Conclusion> {
  const shots = [...shotsIn(visit)];
  const checks = await Promise.all(shots.map(([, jpeg]) => checkJpeg(jpeg, Number.POSITIVE_INFINITY)));
  // The disk may have damaged one.
  const whole = shots.filter((_, i) => checks[i]?.kind === 'jpeg');
  const [first, ...others] = whole;
  if (!first) return { kind: 'rejected', reason: 'empty' };
  for (const [shot, jpeg] of others) {
    const outcome = await store.save(jpeg, `${key}-${shot}`);
    if (outcome.kind === 'full') return outcome;
  }
  // Last: when one is saved under the visit's key, all of them are.
  const outcome = await store.save(first[1], key, { clips });
  return { ...outcome, lacks: lacks || whole.length < shots.length };
}
