import type { Logger } from 'pino';
import type { ImageWorker, RenderJob, SlotPicture } from '../image/index.ts';
import type { Clip } from '../store/extras.ts';

/** What visits use of the image worker. */
export type Renderer = Pick<ImageWorker, 'slot' | 'compose'>;

/** Where faces are in a shot, so that no slot cuts a head; undefined when that cannot be seen. */
export type FindFaces = (jpeg: Buffer) => Promise<NonNullable<RenderJob['faces']>[number]>;

/** Makes a film of frames: animated WebP and, where the booth can, MP4. */
export type MakeFilm = (
  jpegs: Buffer[],
) => Promise<
  | { kind: 'made'; webp: Buffer; mp4: Buffer | undefined; width: number; height: number }
  | { kind: 'failed'; reason: string }
>;

/**
 * Picture and film of the visit in hand. A slot is drawn as soon as its shot is there, so that after the last shot only its
 * slot and the composition remain. What was drawn with another template or filter, or for another visit, is not used.
 */
export interface Drawings {
  /** Begins to draw the slots that show this shot. */
  begin(visit: string, job: RenderJob, shot: number, jpeg: Buffer): void;
  /** The whole; undefined when it cannot be made, and the log says why. */
  finish(visit: string, job: RenderJob, shots: Buffer[]): Promise<Buffer | undefined>;
  /** Begins to make the film of these frames. */
  beginFilm(frames: Buffer[]): void;
  /** Empty when it cannot be made. */
  film(frames: Buffer[]): Promise<Clip[]>;
  /** They take memory. */
  forget(): void;
}

/** What a slot depends on beside its shot. */
const lookOf = (visit: string, { template, dpi, filter }: RenderJob): string =>
  JSON.stringify([visit, template.name, template.version, dpi, filter]);

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
  const slots = new Map<number, { look: string; jpeg: Buffer; drawn: Promise<Drawn> }>();

  let film: { frames: Buffer[]; clips: Promise<Clip[]> } | undefined;

  async function draw(job: RenderJob, slot: number, jpeg: Buffer): Promise<Drawn> {
    const faces: NonNullable<RenderJob['faces']> = [];
    faces[job.template.slots[slot]?.shot ?? 0] = await facesIn(jpeg);
    return renderer
      .slot({ ...job, faces }, slot, jpeg)
      .catch((error: Error): Drawn => ({ kind: 'failed', reason: error.message }));
  }

  async function slotOf(visit: string, job: RenderJob, slot: number, jpeg: Buffer): Promise<Drawn> {
    const early = slots.get(slot);
    const isOfThis = early?.look === lookOf(visit, job) && early.jpeg.equals(jpeg);
    const drawn = isOfThis ? await early.drawn : undefined;
    return drawn?.kind === 'made' ? drawn : draw(job, slot, jpeg);
  }

  async function clipsOf(frames: Buffer[]): Promise<Clip[]> {
    const made = await makeFilm(frames).catch((error: Error) => {
      return { kind: 'failed', reason: error.message } as const;
    });
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
        slots.set(slot, { look: lookOf(visit, job), jpeg, drawn: draw(job, slot, jpeg) });
      }
    },

    async finish(visit, job, shots) {
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
    },

    beginFilm(frames) {
      film = { frames, clips: clipsOf(frames) };
    },
    film(frames) {
      const isOfThese = film && Buffer.concat(film.frames).equals(Buffer.concat(frames));
      return film && isOfThese ? film.clips : clipsOf(frames);
    },

    forget() {
      slots.clear();
      film = undefined;
    },
  };
}
