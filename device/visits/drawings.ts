import type { Logger } from 'pino';
import type { ImageWorker, RenderJob, SlotPicture } from '../image/index.ts';
import type { Clip } from '../store/extras.ts';

/** What visits use of the image worker. */
export type Renderer = Pick<ImageWorker, 'slot' | 'compose' | 'film'>;

/** Where faces are in a shot, so that no slot cuts a head; undefined when that cannot be seen. */
export type FindFaces = (jpeg: Buffer) => Promise<NonNullable<RenderJob['faces']>[number]>;

/** Makes a film of its frames: animated WebP and, where the booth can, MP4. */
export type MakeFilm = (
  jpegs: Buffer[],
) => Promise<
  | { kind: 'made'; webp: Buffer; mp4: Buffer | undefined; width: number; height: number }
  | { kind: 'failed'; reason: string }
>;

/**
 * Picture and film of the visit in hand. A slot is drawn as soon as its shot is there, so that after the last shot only
 * its slot and the composition remain; the page that the guest is shown is the one that is kept. What was drawn of
 * other shots, with another template or filter, or for another visit, is not used.
 */
export interface Drawings {
  /** Begins to draw the slots that show this shot. */
  begin(visit: string, job: RenderJob, shot: number, jpeg: Buffer): void;
  /** The whole; undefined when it cannot be made, and the log says why. */
  finish(visit: string, job: RenderJob, shots: Buffer[]): Promise<Buffer | undefined>;
  /** Begins to make the film of these frames. */
  beginFilm(visit: string, job: RenderJob, frames: Buffer[]): void;
  /** Without a job there is no frame around it. Empty when it cannot be made. */
  film(visit: string, job: RenderJob | undefined, frames: Buffer[]): Promise<Clip[]>;
  /** They take memory. */
  forget(): void;
}

/** All that a drawing depends on. */
interface Source {
  look: string;
  backdrop: Uint8Array | undefined;
  jpegs: readonly Uint8Array[];
}
type Made<T> = Source & { result: Promise<T> };

function slotSource(visit: string, { template, dpi, filter, backdrop }: RenderJob, jpeg: Buffer): Source {
  const look = JSON.stringify([visit, template.name, template.version, dpi, filter]);
  return { look, backdrop, jpegs: [jpeg] };
}

/** Of a page its words too. */
function pageSource(visit: string, job: RenderJob, jpegs: Buffer[]): Source {
  const { template, dpi, filter, backdrop, occasion } = job;
  const look = JSON.stringify([visit, template.name, template.version, dpi, filter, occasion]);
  return { look, backdrop, jpegs };
}

function isOf(made: Source | undefined, { look, backdrop, jpegs }: Source): boolean {
  if (made?.look !== look || made.jpegs.length !== jpegs.length) return false;
  const pairs = [[made.backdrop, backdrop], ...jpegs.map((jpeg, i) => [made.jpegs[i], jpeg])];
  return pairs.every(([a, b]) => a === b || (a && b && Buffer.compare(a, b) === 0));
}

export function createDrawings({
  renderer,
  facesIn,
  makeFilm,
  log,
}: {
  renderer: Renderer;
  facesIn: FindFaces;
  makeFilm: MakeFilm;
  log: Logger;
}): Drawings {
  type Drawn = Awaited<ReturnType<Renderer['slot']>>;
  const slots = new Map<number, Made<Drawn>>();
  let page: Made<Buffer | undefined> | undefined;
  let film: Made<Clip[]> | undefined;

  async function draw(job: RenderJob, slot: number, jpeg: Buffer): Promise<Drawn> {
    const faces: NonNullable<RenderJob['faces']> = [];
    faces[job.template.slots[slot]?.shot ?? 0] = await facesIn(jpeg);
    return renderer
      .slot({ ...job, faces }, slot, jpeg)
      .catch((error: Error): Drawn => ({ kind: 'failed', reason: error.message }));
  }

  async function slotOf(visit: string, job: RenderJob, slot: number, jpeg: Buffer): Promise<Drawn> {
    const early = slots.get(slot);
    const drawn = isOf(early, slotSource(visit, job, jpeg)) ? await early?.result : undefined;
    return drawn?.kind === 'made' ? drawn : draw(job, slot, jpeg);
  }

  async function pageOf(visit: string, job: RenderJob, shots: Buffer[]): Promise<Buffer | undefined> {
    const drawn: SlotPicture[] = [];
    for (const [slot, { shot }] of job.template.slots.entries()) {
      const one = await slotOf(visit, job, slot, shots[shot] ?? Buffer.alloc(0));
      if (one.kind === 'failed') {
        log.error({ visit, slot, reason: one.reason }, 'a slot could not be drawn');
        return undefined;
      }
      drawn.push(one.picture);
    }
    const whole = await renderer.compose(job, drawn);
    if (whole.kind === 'made') return whole.jpeg;
    log.error({ visit, reason: whole.reason }, 'a picture could not be composed');
    return undefined;
  }

  /** On the page of their template; as they came when that cannot be drawn: a film all the same. */
  async function framed(job: RenderJob, frames: Buffer[]): Promise<Buffer[]> {
    // Of the first for all: a part of the picture that follows a face would shake.
    const faces = [await facesIn(frames[0] ?? Buffer.alloc(0))];
    const drawn = await renderer.film({ ...job, faces }, frames);
    if (drawn.kind === 'made') return drawn.jpegs;
    log.error({ reason: drawn.reason }, 'a film could not be framed');
    return frames;
  }

  async function clipsOf(job: RenderJob | undefined, frames: Buffer[]): Promise<Clip[]> {
    const made = await (job ? framed(job, frames) : Promise.resolve(frames))
      .then(makeFilm)
      .catch((error: Error) => ({ kind: 'failed', reason: error.message }) as const);
    if (made.kind === 'failed') {
      log.error({ reason: made.reason }, 'a film could not be made');
      return [];
    }
    const { width, height, webp, mp4 } = made;
    return [
      ...(mp4 ? [{ format: 'mp4', bytes: mp4, width, height } as const] : []),
      { format: 'webp', bytes: webp, width, height },
    ];
  }

  return {
    begin(visit, job, shot, jpeg) {
      for (const [slot, place] of job.template.slots.entries()) {
        if (place.shot !== shot) continue;
        slots.set(slot, { ...slotSource(visit, job, jpeg), result: draw(job, slot, jpeg) });
      }
    },

    async finish(visit, job, shots) {
      const source = pageSource(visit, job, shots);
      const before = isOf(page, source) ? await page?.result : undefined;
      if (before) return before;
      page = { ...source, result: pageOf(visit, job, shots) };
      return page.result;
    },

    beginFilm(visit, job, frames) {
      film = { ...pageSource(visit, job, frames), result: clipsOf(job, frames) };
    },
    film(visit, job, frames) {
      const begun = job && isOf(film, pageSource(visit, job, frames)) ? film : undefined;
      return begun?.result ?? clipsOf(job, frames);
    },

    forget() {
      slots.clear();
      page = undefined;
      film = undefined;
    },
  };
}
