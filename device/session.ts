/**
 * One guest's visit, as a pure machine. It runs in the kiosk page, whose shell carries out the effects.
 *
 *   attract ── go ──▶ countdown ── last tick ──▶ shooting ── shot ──▶ sending ── saved ──▶ result
 *     ▲  ▲               │  ▲                       │                 │ ↺ unanswered        │  │
 *     │  │     camera lost  └───────── again ───────┼─────────────────┼─────────────────────┘  │
 *     │  │               ▼                          │ no shot         └ refused ──▶ refused    │
 *     │  └─ back ── trouble ◀───────────────────────┘                                 │        │
 *     └────────────────────────────────────── done, or nobody there ──────────────────┴────────┘
 *
 * Between two guests the screen is `attract`, unless the disk is full (`full`) or no camera lives (`trouble`).
 * While a shot is being sent nothing ends the visit: the shot is kept until the daemon has answered.
 */
export interface SavedPhoto {
  id: string;
  name: string;
  shareUrl: string;
}

export type Phase =
  | { kind: 'attract' }
  | { kind: 'full' }
  | { kind: 'trouble' }
  | { kind: 'countdown'; left: number }
  | { kind: 'shooting' }
  /** `failures`: how often the daemon did not answer. */
  | { kind: 'sending'; failures: number }
  | { kind: 'result'; photo: SavedPhoto }
  | { kind: 'refused'; full: boolean };

export interface SessionState {
  phase: Phase;
  /** Is there no room for another photo? */
  full: boolean;
  /** Does the camera deliver pictures? */
  live: boolean;
}

export type SessionEvent =
  | { type: 'go'; countdownS: number }
  | { type: 'tick' }
  | { type: 'shot' }
  | { type: 'no-shot' }
  | { type: 'saved'; photo: SavedPhoto }
  | { type: 'unanswered' }
  | { type: 'refused'; full: boolean }
  | { type: 'done' }
  | { type: 'nobody' }
  | { type: 'camera'; live: boolean }
  | { type: 'disk'; full: boolean };

/**
 * `tick-later`: a tick in a second. `nobody-later`: `nobody` when no one has touched the screen for a while.
 * `send-later`: the same shot once more, after a pause. `forget`: the shot is no longer needed.
 */
export type SessionEffect =
  | 'beep'
  | 'tick-later'
  | 'capture'
  | 'send'
  | 'send-later'
  | 'nobody-later'
  | 'forget'
  | 'restart-camera';

export interface SessionStep {
  state: SessionState;
  effects: SessionEffect[];
}

export const FIRST: SessionState = { phase: { kind: 'trouble' }, full: false, live: false };

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
      return event.type === 'go' ? count(state, event.countdownS) : stay(state);

    case 'countdown':
      return event.type === 'tick' ? count(state, phase.left - 1) : stay(state);

    case 'shooting':
      if (event.type === 'shot') return to(state, { kind: 'sending', failures: 0 }, 'send');
      if (event.type === 'no-shot')
        return to({ ...state, live: false }, { kind: 'trouble' }, 'restart-camera');
      return stay(state);

    case 'sending':
      if (event.type === 'saved') return to(state, { kind: 'result', photo: event.photo }, 'nobody-later');
      if (event.type === 'refused') {
        return to(state, { kind: 'refused', full: event.full }, 'forget', 'nobody-later');
      }
      if (event.type === 'unanswered') {
        return to(state, { kind: 'sending', failures: phase.failures + 1 }, 'send-later');
      }
      return stay(state);

    case 'result':
    case 'refused':
      if (event.type === 'done' || event.type === 'nobody') return to(state, between(state), 'forget');
      if (event.type === 'go') {
        const idle = between(state);
        if (idle.kind !== 'attract') return to(state, idle, 'forget');
        const again = count(state, event.countdownS);
        return { ...again, effects: ['forget', ...again.effects] };
      }
      return stay(state);

    case 'full':
    case 'trouble':
      return stay(state);
  }
}

/** What the screen shows between two guests. */
function between({ full, live }: SessionState): Phase {
  if (full) return { kind: 'full' };
  return live ? { kind: 'attract' } : { kind: 'trouble' };
}

/** Disk or camera changed: seen at once between guests, and in the countdown when there is no camera left. */
function noticed(state: SessionState): SessionStep {
  switch (state.phase.kind) {
    case 'attract':
    case 'full':
    case 'trouble':
      return to(state, between(state));
    case 'countdown':
      return state.live ? stay(state) : to(state, { kind: 'trouble' });
    default:
      return stay(state);
  }
}

function count(state: SessionState, left: number): SessionStep {
  if (left <= 0) return to(state, { kind: 'shooting' }, 'capture');
  return to(state, { kind: 'countdown', left }, 'beep', 'tick-later');
}

const to = (state: SessionState, phase: Phase, ...effects: SessionEffect[]): SessionStep => ({
  state: { ...state, phase },
  effects,
});
const stay = (state: SessionState): SessionStep => ({ state, effects: [] });
