import type { Logger } from 'pino';
import type { RenderJob } from '../image/index.ts';
import { checkJpeg } from '../store/jpeg.ts';
import type { Saved, SaveOutcome } from '../store/save.ts';
import type { Store } from '../store/store.ts';
import { type Conclusion, conclude, jobOf, shotsFor, type Workshop } from './conclude.ts';
import { createDrawings, type FindFaces, type MakeFilm, type Renderer } from './drawings.ts';
import { joinFrames } from './frames.ts';
import type { Choice, StoredVisit, VisitFolder } from './visit-folder.ts';

/**
 * Guests' visits, from the first shot to the finished photo.
 *
 *   shot, shot … ─▶ finish ─▶ saved, under the visit's key: asked again, it is the same photo
 *      │  └─ again: replaced      └─ the picture cannot be made: each shot is a photo of its own
 *      ├─ discard ─▶ gone
 *      └─ left (a power cut, a page that died) ─▶ finished if all shots are there, else each is a photo of its own
 *
 * Nothing acknowledged is lost: a shot is on the disk before it is answered, and a visit goes only when its photo is
 * saved or the guest does not want it. What belongs to one visit is done one after the other.
 */
export interface Visits {
  shot(key: string, shot: number, jpeg: Buffer, chosen: Chosen): Promise<Kept | Refused>;
  /** Of a boomerang, at least two; the first stands for its shot. */
  frames(key: string, frames: Buffer[], chosen: Chosen): Promise<Kept | Refused>;
  /** What the end would make of the shots that are there: to be looked at before it is kept. */
  show(key: string, what: 'picture' | 'film', chosen: Chosen): Promise<Shown | Refused>;
  finish(key: string, chosen: Chosen): Promise<Saved | Refused>;
  discard(key: string): Promise<void>;
  /**
   * Settles all that are there: to be called when no guest is, before the event becomes another. False: some have to wait
   * for room.
   */
  settleAll(): Promise<boolean>;
  /** Settles what was left before the start, when the store has put itself in order. */
  start(): void;
  /** Resolves when what is in hand is done. */
  stop(): Promise<void>;
}

type Chosen = Pick<Choice, 'template' | 'filter' | 'language'>;
interface Kept {
  kind: 'kept';
}
interface Shown {
  kind: 'shown';
  type: 'image/jpeg' | 'image/webp';
  bytes: Buffer;
}
export type Refused =
  | Exclude<SaveOutcome, Saved>
  | { kind: 'no-template' | 'no-such-shot' | 'not-frames' | 'too-many' | 'finished' }
  | { kind: 'no-visit' | 'shots-missing' | 'not-drawn' };

/** A guest who comes back after so long is another guest. */
const LEFT_AFTER_MS = 10 * 60_000;
/** A booth has one screen: more are a page that forgets to finish. */
const MOST_VISITS = 20;

export function createVisits({
  folder,
  store,
  renderer,
  facesIn = async () => undefined,
  makeFilm = async () => ({ kind: 'failed', reason: 'this booth makes no films' }),
  maxPhotoBytes,
  now,
  monotonicMs = () => performance.now(),
  log,
  ...parts
}: Omit<Workshop, 'drawings' | 'store'> & {
  folder: VisitFolder;
  store: Pick<Store, 'save' | 'savedUnder' | 'space' | 'recovered'>;
  renderer: Renderer;
  facesIn?: FindFaces;
  makeFilm?: MakeFilm;
  maxPhotoBytes: number;
  now(): Date;
  monotonicMs?: () => number;
  log: Logger;
}): Visits {
  const drawings = createDrawings({ renderer, facesIn, makeFilm, log });
  const workshop: Workshop = { ...parts, store, drawings };
  /** When each visit of this start was last heard of. */
  const seenAt = new Map<string, number>();
  const inTurn = createTurns();
  let settling: Promise<void> = Promise.resolve();

  /** Room, a template, and a visit that takes more: what every shot needs. */
  async function begin(
    key: string,
    shot: number,
    chosen: Chosen,
  ): Promise<{ kind: 'begun'; job: RenderJob } | Refused> {
    if (store.savedUnder(key)) return { kind: 'finished' };
    const loaded = await workshop.templates.load(chosen.template);
    if (!loaded) return { kind: 'no-template' };
    if (!loaded.template.slots.some((slot) => slot.shot === shot)) return { kind: 'no-such-shot' };
    const { full, ...space } = await store.space();
    if (full) return { kind: 'full', ...space };
    if (!seenAt.has(key)) {
      if ((await folder.keys()).length >= MOST_VISITS) return { kind: 'too-many' };
      drawings.forget();
      settleLater();
    }
    seenAt.set(key, monotonicMs());
    return { kind: 'begun', job: await jobOf(workshop, loaded, await remember(key, chosen)) };
  }

  async function remember(key: string, chosen: Chosen): Promise<Choice> {
    const before = await folder.choice(key);
    const choice: Choice = { ...chosen, startedAt: before?.startedAt ?? now().toISOString() };
    if (JSON.stringify(choice) !== JSON.stringify(before)) await folder.putChoice(key, choice);
    return choice;
  }

  async function saveAndClose(key: string, visit: StoredVisit): Promise<Conclusion> {
    const conclusion = await conclude(key, visit, workshop);
    if (conclusion.kind === 'saved') {
      await (conclusion.lacks ? folder.setAside(key) : folder.discard(key));
      seenAt.delete(key);
    }
    return conclusion;
  }

  const isLeft = (key: string): boolean => monotonicMs() - (seenAt.get(key) ?? -Infinity) > LEFT_AFTER_MS;

  async function settle(key: string): Promise<void> {
    const visit = await folder.read(key);
    if (!visit && !(await folder.keys()).includes(key)) return; // finished meanwhile
    const outcome = visit && (await saveAndClose(key, visit));
    log.warn({ visit: key, outcome: outcome?.kind ?? 'empty' }, 'settled a visit that was left');
    // On a full disk it waits for room; of anything else there is no photo in it.
    if (outcome?.kind !== 'saved' && outcome?.kind !== 'full') await folder.setAside(key);
  }

  function settleLater(): void {
    settling = settling
      .then(async () => {
        for (const key of await folder.keys()) {
          await inTurn(key, async () => isLeft(key) && (await settle(key))).catch((err: unknown) =>
            log.error({ err, visit: key }, 'a visit that was left could not be settled'),
          );
        }
      })
      .catch((err: unknown) => log.error({ err }, 'visits that were left could not be looked for'));
  }

  return {
    shot: (key, shot, jpeg, chosen) =>
      inTurn(key, async () => {
        const check = await checkJpeg(jpeg, maxPhotoBytes);
        if (check.kind === 'rejected') return check;
        const begun = await begin(key, shot, chosen);
        if (begun.kind !== 'begun') return begun;
        drawings.begin(key, begun.job, shot, jpeg);
        await folder.putShot(key, shot, jpeg);
        return { kind: 'kept' };
      }),

    frames: (key, frames, chosen) =>
      inTurn(key, async () => {
        for (const frame of frames) {
          const check = await checkJpeg(frame, maxPhotoBytes);
          if (check.kind === 'rejected') return check;
        }
        const begun = await begin(key, 0, chosen);
        if (begun.kind !== 'begun') return begun;
        drawings.begin(key, begun.job, 0, frames[0] as Buffer);
        drawings.beginFilm(key, begun.job, frames);
        await folder.putFrames(key, joinFrames(frames));
        return { kind: 'kept' };
      }),

    show: (key, what, chosen) =>
      inTurn(key, async () => {
        const loaded = await workshop.templates.load(chosen.template);
        if (!loaded) return { kind: 'no-template' };
        const visit = await folder.read(key);
        if (!visit) return { kind: 'no-visit' };
        const shots = shotsFor(loaded, visit);
        if (!shots || (what === 'film' && !visit.frames)) return { kind: 'shots-missing' };
        const job = await jobOf(workshop, loaded, { ...chosen, startedAt: visit.choice.startedAt });
        if (what === 'picture') {
          const jpeg = await drawings.finish(key, job, shots);
          return jpeg ? { kind: 'shown', type: 'image/jpeg', bytes: jpeg } : { kind: 'not-drawn' };
        }
        const clips = await drawings.film(key, job, visit.frames ?? []);
        const webp = clips.find(({ format }) => format === 'webp');
        return webp ? { kind: 'shown', type: 'image/webp', bytes: webp.bytes } : { kind: 'not-drawn' };
      }),

    finish: (key, chosen) =>
      inTurn(key, async () => {
        const before = store.savedUnder(key);
        if (before) return before;
        const loaded = await workshop.templates.load(chosen.template);
        if (!loaded) return { kind: 'no-template' };
        if (!(await folder.choice(key))) return { kind: 'no-visit' };
        await remember(key, chosen);
        const visit = await folder.read(key);
        if (!visit || !shotsFor(loaded, visit)) return { kind: 'shots-missing' };
        return saveAndClose(key, visit);
      }),

    discard: (key) =>
      inTurn(key, async () => {
        await folder.discard(key);
        seenAt.delete(key);
      }),

    async settleAll() {
      for (const key of await folder.keys()) await inTurn(key, () => settle(key));
      return (await folder.keys()).length === 0;
    },

    start() {
      settling = store.recovered();
      settleLater();
    },
    stop: () => settling,
  };
}

/** Runs what it is given for one key one after the other, in the order given. */
function createTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    const done = mine
      .catch(() => undefined) // whoever asked for it is told by `mine`
      .then(() => {
        if (last.get(key) === done) last.delete(key);
      });
    last.set(key, done);
    return mine;
  };
}
