import { type Plan, shotsOf } from '../../session.ts';
import {
  discardVisit,
  finishVisit,
  type SendOutcome,
  type Sent,
  sendClip,
  sendPhoto,
  sendShot,
  showVisit,
} from './send.ts';

/**
 * The shots of one visit, from the camera until the daemon has them. A boomerang is one shot of many frames.
 *
 * What the daemon does not take as a visit (it has lost it in a restart, or knows the layout no more) is sent whole
 * once more, and then shot by shot as photos of their own: a shot is given up only when that is refused too. What the
 * daemon may have of the visit is then deleted, or it would make photos of it as well.
 */
export interface Outbox {
  /** A new visit begins; what was of the last is forgotten. */
  begin(): void;
  put(shot: number, frames: Blob[]): void;
  /** Of each shot its first frame, to be shown. */
  pictures(): readonly (Blob | undefined)[];
  frames(shot: number): readonly Blob[];
  all(): readonly Blob[];
  /** Sends what is there, so that it need not be waited for later. That it fails is found out by `send`. */
  sendShots(plan: Plan, language: string): void;
  /** What has been sent as it would be finished, once it is there; undefined when the daemon has nothing to show. */
  show(plan: Plan, o: { what: 'picture' | 'film'; language: string }): Promise<Blob | undefined>;
  send(plan: Plan, o: { loose: boolean; language: string }): Promise<SendOutcome>;
  forget(): void;
}

interface Kept {
  frames: Blob[];
  sent: boolean;
}

export function createOutbox(): Outbox {
  let visit = '';
  let shots: Kept[] = [];
  /** Visits that the daemon has refused: 1, it is tried again from the first shot; 2, as photos. */
  let refusals = 0;
  /** One request at a time, in the order of the shots. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function sendAll(sent: Sent): Promise<SendOutcome | undefined> {
    for (const [i, kept] of shots.entries()) {
      const [first] = kept.frames;
      if (sent.visit !== visit) return undefined;
      if (kept.sent || !first) continue;
      const isClip = sent.plan.layout?.mode === 'boomerang';
      const outcome = await (isClip ? sendClip(sent, kept.frames) : sendShot(sent, i, first));
      if (outcome.kind !== 'saved') return outcome;
      kept.sent = true;
    }
    return undefined;
  }

  async function sendLoose({ layout }: Plan): Promise<SendOutcome> {
    let last: SendOutcome = { kind: 'refused', full: false };
    for (const [i, { frames }] of shots.entries()) {
      const [first] = frames;
      if (!first) continue;
      const outcome = await sendPhoto(first, `${visit}-${i}`);
      if (outcome.kind === 'unanswered') return outcome;
      // One that is no picture must not keep the others from being saved.
      if (outcome.kind === 'saved' || last.kind !== 'saved') last = outcome;
    }
    const hasVisit = layout !== undefined && last.kind === 'saved';
    return hasVisit && (await discardVisit(visit)).kind === 'unanswered' ? { kind: 'unanswered' } : last;
  }

  async function sendVisit(plan: Plan, language: string): Promise<SendOutcome> {
    const sent = { visit, plan, language };
    const outcome = (await sendAll(sent)) ?? (await finishVisit(sent));
    if (outcome.kind !== 'refused' || outcome.full) return outcome;
    refusals += 1;
    if (refusals > 1) return sendLoose(plan);
    for (const kept of shots) kept.sent = false;
    return { kind: 'unanswered' };
  }

  return {
    begin() {
      visit = crypto.randomUUID();
      shots = [];
      refusals = 0;
    },
    put(shot, frames) {
      shots[shot] = { frames, sent: false };
    },
    pictures: () => shots.map(({ frames }) => frames[0]),
    frames: (shot) => shots[shot]?.frames ?? [],
    all: () => shots.flatMap(({ frames }) => frames),
    sendShots(plan, language) {
      const sent = { visit, plan, language };
      void inTurn(() => sendAll(sent));
    },
    async show(plan, { what, language }) {
      const sent = { visit, plan, language };
      await turn;
      return showVisit(sent, what);
    },
    send: (plan, { loose, language }) =>
      inTurn(() =>
        loose || refusals > 1 || shots.length < shotsOf(plan) ? sendLoose(plan) : sendVisit(plan, language),
      ),
    forget() {
      shots = [];
    },
  };
}
