/**
 * One guest's visit, as a pure machine. It runs in the kiosk page, whose shell carries out the effects.
 *
 *   attract ── go ──▶ choosing ── choose ──▶ countdown ── last tick ──▶ shooting ── shot ──▶ showing ┐
 *     ▲  ▲   (nothing to choose: skipped)     ▲  ▲  ▲                       │ (another to take)      │
 *     │  │               │                    │  │  └───────────────────────┼────────────────────────┘
 *     │  └── nobody ─────┘     camera is back │  │ retake                   │ (the last)
 *     │                                  waiting └──────────────────── reviewing
 *     │                                       │ it is not                   │ keep, or time is out
 *     │                                       ▼                             ▼
 *     └──── done, or time is out ──── result, refused ◀── answered ───── sending ↺ unanswered
 *
 * Every state that waits for a guest has its seconds (`left`), and a tick takes one away: whatever a guest does or
 * leaves undone, the machine comes back to `attract` by itself. Only `sending` waits without end: a shot is kept
 * until the daemon has answered. Where it offers no layouts, one shot is taken and sent as it is, without a review.
 *
 * Between two guests the screen is `attract`, unless the disk is full (`full`) or no camera lives (`trouble`). A
 * camera that fails before the first shot leads there too; after it the visit waits for the camera, then does with
 * what it has: as a retake failed, the shot of before; else each shot as a photo of its own.
 */
import type { FilterName } from '@photomaton/design-docs/template';

export interface SavedPhoto {
  id: string;
  name: string;
  shareUrl: string;
}

export interface Layout {
  name: string;
  title: { fr: string; en: string };
  mode: 'single' | 'strip' | 'boomerang';
  shots: number;
  /** Of each shot, the shape of the place that it is for. */
  places: { width: number; height: number }[];
  /** Address of a picture of it. */
  preview: string;
}

/** What the event lets a guest choose. */
export interface Offer {
  layouts: Layout[];
  filters: FilterName[];
}

/** What this guest makes; without a layout a plain photo. */
export interface Plan {
  layout?: Layout;
  filter: FilterName;
  countdownS: number;
}

/** Which shot is to be taken now, which then, and how many there are already. Shots count from 0. */
export interface Turn {
  shot: number;
  rest: number[];
  taken: number;
}

export type Phase =
  | { kind: 'attract' }
  | { kind: 'full' }
  | { kind: 'trouble' }
  /** `marked`: the layout that the one button takes; it moves on for a guest who came by that button (`scans`). */
  | {
      kind: 'choosing';
      offer: Offer;
      filter: FilterName;
      countdownS: number;
      scans: boolean;
      marked: number;
      left: number;
    }
  | { kind: 'countdown'; plan: Plan; turn: Turn; left: number }
  | { kind: 'shooting'; plan: Plan; turn: Turn; left: number }
  /** The shot just taken is seen; `turn` is the next. */
  | { kind: 'showing'; plan: Plan; turn: Turn; left: number }
  | { kind: 'waiting'; plan: Plan; turn: Turn; left: number }
  | { kind: 'reviewing'; plan: Plan; left: number; paused: boolean }
  /** `loose`: each shot as a photo of its own. `failures`: how often the daemon did not answer. */
  | { kind: 'sending'; plan: Plan; loose: boolean; failures: number }
  | { kind: 'result'; plan: Plan; photo: SavedPhoto; left: number; paused: boolean }
  | { kind: 'refused'; full: boolean; left: number };

/** Seconds. A capture that takes longer than `shooting` has failed. */
export const SECONDS = {
  choosing: 30,
  mark: 3,
  shooting: 12,
  showing: 2,
  waiting: 20,
  reviewing: 12,
  result: 45,
  refused: 45,
  paused: 90,
};

export interface SessionState {
  phase: Phase;
  /** Is there no room for another photo? */
  full: boolean;
  /** Does the camera deliver pictures? */
  live: boolean;
}

export type SessionEvent =
  | { type: 'go'; countdownS: number; offer: Offer; scans: boolean }
  | { type: 'choose'; layout: string }
  | { type: 'filter'; filter: FilterName }
  | { type: 'tick' }
  | { type: 'shot' }
  | { type: 'no-shot' }
  | { type: 'keep' }
  | { type: 'retake'; shot: number }
  | { type: 'retake-all' }
  /** Stops the clock of a screen that goes on by itself, for a while; and lets it run again. */
  | { type: 'pause' }
  | { type: 'saved'; photo: SavedPhoto }
  | { type: 'unanswered' }
  | { type: 'refused'; full: boolean }
  | { type: 'done' }
  /** Somebody touched the screen: who chooses or looks is given the whole time again. */
  | { type: 'touch' }
  | { type: 'camera'; live: boolean }
  | { type: 'disk'; full: boolean };

/**
 * `tick-later`: a tick in a second. `capture`: the shot of this turn. `send-shots`: what is taken goes to the daemon
 * meanwhile. `send`: until it has all, and the picture is made. `send-later`: the same once more, after a pause.
 * `forget`: the shots are no longer needed.
 */
export type SessionEffect =
  | 'beep'
  | 'tick-later'
  | 'begin'
  | 'capture'
  | 'send-shots'
  | 'send'
  | 'send-later'
  | 'forget'
  | 'restart-camera';

export interface SessionStep {
  state: SessionState;
  effects: SessionEffect[];
}

export const FIRST: SessionState = { phase: { kind: 'trouble' }, full: false, live: false };

/** How many shots make one picture. A boomerang is one, of many frames. */
export const shotsOf = ({ layout }: Plan): number =>
  layout === undefined || layout.mode === 'boomerang' ? 1 : layout.shots;

/** The next state and what is to be done. An event that means nothing in a phase leaves that very state. */
export function next(state: SessionState, event: SessionEvent): SessionStep {
  if (event.type === 'disk') {
    return event.full === state.full ? stay(state) : noticed({ ...state, full: event.full });
  }
  if (event.type === 'camera') {
    return event.live === state.live ? stay(state) : noticed({ ...state, live: event.live });
  }
  const { phase } = state;
  switch (phase.kind) {
    case 'attract':
      return event.type === 'go' ? begin(state, event) : stay(state);

    case 'choosing':
      return choosing(state, phase, event);

    case 'countdown':
      return event.type === 'tick' ? count(state, phase, phase.left - 1) : stay(state);

    case 'shooting':
      if (event.type === 'shot') return taken(state, phase);
      if (event.type === 'no-shot' || (event.type === 'tick' && phase.left <= 1)) return noShot(state, phase);
      return event.type === 'tick' ? timed(state, { ...phase, left: phase.left - 1 }) : stay(state);

    case 'showing':
      if (event.type !== 'tick') return stay(state);
      if (phase.left > 1) return timed(state, { ...phase, left: phase.left - 1 });
      return count(state, phase, phase.plan.countdownS);

    case 'waiting':
      if (event.type !== 'tick') return stay(state);
      return phase.left > 1 ? timed(state, { ...phase, left: phase.left - 1 }) : makeDo(state, phase);

    case 'reviewing':
      return reviewing(state, phase, event);

    case 'sending':
      if (event.type === 'saved') {
        const { plan } = phase;
        return timed(state, {
          kind: 'result',
          plan,
          photo: event.photo,
          left: SECONDS.result,
          paused: false,
        });
      }
      if (event.type === 'refused') {
        const refused = timed(state, { kind: 'refused', full: event.full, left: SECONDS.refused });
        return after('forget', refused);
      }
      if (event.type === 'unanswered') {
        return to(state, { ...phase, failures: phase.failures + 1 }, 'send-later');
      }
      return stay(state);

    case 'result':
      if (event.type === 'pause') return timed(state, paused(phase));
      return ending(state, phase, event);

    case 'refused':
      return ending(state, phase, event);

    case 'full':
    case 'trouble':
      return stay(state);
  }
}

type At<K extends Phase['kind']> = Phase & { kind: K };
type Shooting = { plan: Plan; turn: Turn };

function begin(
  state: SessionState,
  { offer, countdownS, scans }: SessionEvent & { type: 'go' },
): SessionStep {
  const { layouts, filters } = offer;
  const [layout] = layouts;
  const filter = filters[0] ?? 'none';
  if (layouts.length > 1 || (layout && filters.length > 1)) {
    const left = SECONDS.choosing;
    return timed(state, { kind: 'choosing', offer, filter, countdownS, scans, marked: 0, left });
  }
  return shootAll(state, { ...(layout && { layout }), filter, countdownS }, 0);
}

function choosing(state: SessionState, phase: At<'choosing'>, event: SessionEvent): SessionStep {
  const { offer, filter, countdownS } = phase;
  switch (event.type) {
    case 'choose': {
      const layout = offer.layouts.find(({ name }) => name === event.layout);
      return layout ? shootAll(state, { layout, filter, countdownS }, 0) : stay(state);
    }
    case 'filter':
      if (!offer.filters.includes(event.filter)) return stay(state);
      return timed(state, { ...phase, filter: event.filter, left: SECONDS.choosing });
    case 'touch':
      return timed(state, { ...phase, left: SECONDS.choosing });
    case 'done':
      return to(state, between(state));
    case 'tick': {
      const left = phase.left - 1;
      if (left <= 0) return to(state, between(state));
      const moves = phase.scans && left % SECONDS.mark === 0;
      const marked = moves ? (phase.marked + 1) % offer.layouts.length : phase.marked;
      return timed(state, { ...phase, marked, left });
    }
    default:
      return stay(state);
  }
}

function reviewing(state: SessionState, phase: At<'reviewing'>, event: SessionEvent): SessionStep {
  const { plan } = phase;
  const shots = shotsOf(plan);
  switch (event.type) {
    case 'keep':
      return send(state, plan, { loose: false });
    case 'tick':
      if (phase.left <= 1) return send(state, plan, { loose: false });
      return timed(state, { ...phase, left: phase.left - 1 });
    case 'retake':
      if (!state.live || !Number.isInteger(event.shot) || event.shot < 0 || event.shot >= shots)
        return stay(state);
      return count(state, { plan, turn: { shot: event.shot, rest: [], taken: shots } }, plan.countdownS);
    case 'retake-all':
      return state.live ? shootAll(state, plan, shots) : stay(state);
    case 'pause':
      return timed(state, paused(phase));
    case 'touch':
      return timed(state, { ...phase, left: phase.paused ? SECONDS.paused : SECONDS.reviewing });
    default:
      return stay(state);
  }
}

/** Screens after which the next guest comes. */
function ending(state: SessionState, phase: At<'result' | 'refused'>, event: SessionEvent): SessionStep {
  switch (event.type) {
    case 'done':
      return to(state, between(state), 'forget');
    case 'tick':
      if (phase.left <= 1) return to(state, between(state), 'forget');
      return timed(state, { ...phase, left: phase.left - 1 });
    case 'touch': {
      const isPaused = phase.kind === 'result' && phase.paused;
      return timed(state, { ...phase, left: isPaused ? SECONDS.paused : SECONDS[phase.kind] });
    }
    case 'go': {
      const idle = between(state);
      return idle.kind === 'attract' ? after('forget', begin(state, event)) : to(state, idle, 'forget');
    }
    default:
      return stay(state);
  }
}

const paused = <P extends At<'reviewing' | 'result'>>(phase: P): P => ({
  ...phase,
  paused: !phase.paused,
  left: phase.paused ? SECONDS[phase.kind] : SECONDS.paused,
});

/** What the screen shows between two guests. */
function between({ full, live }: SessionState): Phase {
  if (full) return { kind: 'full' };
  return live ? { kind: 'attract' } : { kind: 'trouble' };
}

/** Disk or camera changed: seen at once between guests; a visit under way minds only a camera that it needs. */
function noticed(state: SessionState): SessionStep {
  const { phase } = state;
  switch (phase.kind) {
    case 'attract':
    case 'full':
    case 'trouble':
      return to(state, between(state));
    case 'choosing':
      return state.live && !state.full ? stay(state) : to(state, between(state));
    case 'countdown':
    case 'showing':
      return state.live ? stay(state) : lacksCamera(state, phase);
    case 'waiting':
      return state.live ? count(state, phase, phase.plan.countdownS) : stay(state);
    default:
      return stay(state);
  }
}

function shootAll(state: SessionState, plan: Plan, already: number): SessionStep {
  const [shot = 0, ...rest] = Array.from({ length: shotsOf(plan) }, (_, i) => i);
  const first = count(state, { plan, turn: { shot, rest, taken: already } }, plan.countdownS);
  return already === 0 ? after('begin', first) : first;
}

function count(state: SessionState, { plan, turn }: Shooting, left: number): SessionStep {
  if (left > 0) return to(state, { kind: 'countdown', plan, turn, left }, 'beep', 'tick-later');
  return to(state, { kind: 'shooting', plan, turn, left: SECONDS.shooting }, 'capture', 'tick-later');
}

function taken(state: SessionState, { plan, turn }: Shooting): SessionStep {
  if (!plan.layout) return send(state, plan, { loose: true });
  const [shot, ...rest] = turn.rest;
  const taken = Math.max(turn.taken, turn.shot + 1);
  const step =
    shot === undefined
      ? timed(state, { kind: 'reviewing', plan, left: SECONDS.reviewing, paused: false })
      : timed(state, { kind: 'showing', plan, turn: { shot, rest, taken }, left: SECONDS.showing });
  return after('send-shots', step);
}

function noShot(state: SessionState, phase: Shooting): SessionStep {
  return after('restart-camera', lacksCamera({ ...state, live: false }, phase));
}

/** There is no camera to go on with. */
function lacksCamera(state: SessionState, { plan, turn }: Shooting): SessionStep {
  if (turn.taken === 0) return to(state, { kind: 'trouble' });
  return timed(state, { kind: 'waiting', plan, turn, left: SECONDS.waiting });
}

function makeDo(state: SessionState, { plan, turn }: Shooting): SessionStep {
  if (turn.taken < shotsOf(plan)) return send(state, plan, { loose: true });
  return timed(state, { kind: 'reviewing', plan, left: SECONDS.reviewing, paused: false });
}

const send = (state: SessionState, plan: Plan, { loose }: { loose: boolean }): SessionStep =>
  to(state, { kind: 'sending', plan, loose, failures: 0 }, 'send');

const to = (state: SessionState, phase: Phase, ...effects: SessionEffect[]): SessionStep => ({
  state: { ...state, phase },
  effects,
});
const timed = (state: SessionState, phase: Phase): SessionStep => to(state, phase, 'tick-later');
const after = (effect: SessionEffect, { state, effects }: SessionStep): SessionStep => ({
  state,
  effects: [effect, ...effects],
});
const stay = (state: SessionState): SessionStep => ({ state, effects: [] });
