/**
 * What the booth is doing, as one pure machine. The shell (booth-shell.ts) carries out the effects.
 *
 *                  no known network
 *   starting ─────────────────────────▶ hotspot ◀──── failed, with the reason ────┐
 *      │                                 │  │ └─ network given ───────────────▶ joining
 *      │ network, unbound                │  │                                    │ joined
 *      ├──────────▶ pairing ◀────────────┤  │ go on without                      ▼
 *      │             │  ▲ │ ▲            │  │                                restarting
 *      │       paired│  │ └─┼─ go on without ▼                                    ▲
 *      │             │  │   └─ online ─ ready ◀─── network, bound ──              │
 *      │ network,    │  │                 ▲                                       │
 *      │ bound       └──┼─────────────────┼───────────────────────────────────────┘
 *      └────────────────┼─────────────────┘
 *                       └ asked for again (unbound)
 *
 * From pairing and ready the maintenance menu asks for the hotspot too. In `hotspot` the booth's own network is
 *
 *   held ── the guest is done ──▶ open ── nobody comes, and networks are known ──▶ giving-way
 *                                  ▲ └── none of them came ────────────────────────┘
 *
 * `reach` says how far the network goes: `none`, `offline` (a network without internet), `captive` (a network
 * whose own login page stands in between), `online`. Losing the network never opens the hotspot once the booth
 * is ready: offline is a normal way to be ready, and the network part goes on looking for what it knows.
 */
export type Reach = 'none' | 'offline' | 'captive' | 'online';

/** What the setup page asks for. A network without a password is open; a cable without `fixed` asks for an address. */
export type JoinRequest =
  | {
      kind: 'wifi';
      ssid: string;
      /** The name in hex, when it is not UTF-8. */
      bytes?: string;
      password?: string;
      /** For a network that knows people by name (PEAP). */
      identity?: string;
      hidden?: boolean;
    }
  /** `address` with its prefix: 192.168.1.20/24. */
  | { kind: 'cable'; fixed?: { address: string; gateway: string; dns: string[] } };

export type JoinStep = 'associating' | 'address' | 'internet';
/** What has to work one after the other; the last is the booth's own question. */
export type SetupStep = JoinStep | 'portal';

/** Why a network is not the booth's way out. The network part says the first four. */
export type JoinFailure =
  | 'wrong-password'
  | 'not-found'
  | 'no-address'
  | 'no-answer'
  | 'no-internet'
  | 'captive'
  | 'no-portal';

type WithoutPassword<T> = T extends unknown ? Omit<T, 'password'> : never;
/** A request as it may be shown again: without its password. */
export type Attempt = WithoutPassword<JoinRequest>;

interface FailedAttempt {
  attempt: Attempt;
  reason: JoinFailure;
}

/**
 * `bound`: has the booth a customer? Decided when it starts, and changed only by restarting.
 * `session`: is a guest in the middle of a visit? Then the hotspot, which hides everything, is not opened.
 */
export type BoothState = { bound: boolean; session: boolean } & (
  | { kind: 'starting' }
  | {
      kind: 'hotspot';
      hotspot: 'open' | 'held' | 'giving-way';
      /** From the menu: then it stays although there is a network. */
      asked?: true;
      failure?: FailedAttempt;
    }
  | { kind: 'joining'; attempt: Attempt; step: SetupStep }
  | { kind: 'pairing'; reach: Reach }
  | { kind: 'ready'; reach: Reach }
  | { kind: 'restarting'; joined?: Attempt }
);
type StateOf<Kind extends BoothState['kind']> = Extract<BoothState, { kind: Kind }>;

export type BoothEvent =
  | { type: 'network'; reach: Reach }
  | { type: 'session'; runs: boolean }
  | { type: 'join'; request: JoinRequest }
  | { type: 'step'; step: SetupStep }
  | { type: 'joined' }
  | { type: 'join-failed'; reason: JoinFailure }
  /** The installer asks for a fresh list of networks. */
  | { type: 'search' }
  /** No phone is in the hotspot, and networks are known that may be there by now. */
  | { type: 'give-way' }
  /** None of them came. */
  | { type: 'patience-over' }
  | { type: 'paired' }
  /** Someone chose to take photos without network, or before pairing. */
  | { type: 'skip' }
  /** Someone wants to pair after all. */
  | { type: 'pair' }
  /** Someone wants to give the booth another network. */
  | { type: 'setup' };

export type BoothEffect =
  | { type: 'open-hotspot' }
  | { type: 'close-hotspot' }
  | { type: 'search' }
  | { type: 'join'; request: JoinRequest }
  | { type: 'start-pairing' }
  | { type: 'stop-pairing' }
  | { type: 'wake-sync' }
  | { type: 'restart' };

export interface Step {
  state: BoothState;
  effects: BoothEffect[];
}

/** The next state and what is to be done. An event that means nothing in a state leaves that very state. */
export function next(state: BoothState, event: BoothEvent): Step {
  if (event.type === 'session') return withSession(state, event.runs);
  switch (state.kind) {
    case 'starting':
      return event.type === 'network' ? settle(state, event.reach) : stay(state);
    case 'hotspot':
      return inHotspot(state, event);
    case 'joining':
      return whileJoining(state, event);
    case 'pairing':
      return whilePairing(state, event);
    case 'ready':
      return whenReady(state, event);
    case 'restarting':
      return stay(state);
  }
}

function withSession(state: BoothState, runs: boolean): Step {
  if (runs === state.session) return stay(state);
  const told = { ...state, session: runs };
  if (!runs && told.kind === 'hotspot' && told.hotspot === 'held') return hotspot(told, told);
  return stay(told);
}

function inHotspot(state: StateOf<'hotspot'>, event: BoothEvent): Step {
  const isOpen = state.hotspot === 'open';
  const close: BoothEffect[] = isOpen ? [{ type: 'close-hotspot' }] : [];
  switch (event.type) {
    case 'join': {
      const { request } = event;
      const attempt = withoutPassword(request);
      return {
        state: { ...about(state), kind: 'joining', attempt, step: 'associating' },
        effects: [{ type: 'join', request }],
      };
    }
    case 'search':
      return { state, effects: isOpen ? [{ type: 'search' }] : [] };
    case 'skip':
      return { state: { ...about(state), kind: 'ready', reach: 'none' }, effects: close };
    case 'give-way':
      return isOpen ? { state: { ...state, hotspot: 'giving-way' }, effects: close } : stay(state);
    case 'patience-over':
      return state.hotspot === 'giving-way' ? hotspot(state, state) : stay(state);
    case 'network': {
      // What somebody asked for, or has to read, does not go away because a cable was in all the time.
      const isWanted = state.hotspot !== 'giving-way' && (state.asked || state.failure);
      if (event.reach === 'none' || isWanted) return stay(state);
      const settled = settle(state, event.reach);
      return { ...settled, effects: [...close, ...settled.effects] };
    }
    default:
      return stay(state);
  }
}

function whileJoining(state: StateOf<'joining'>, event: BoothEvent): Step {
  const { attempt } = state;
  switch (event.type) {
    case 'step':
      return event.step === state.step ? stay(state) : stay({ ...state, step: event.step });
    case 'joined':
      return restart(state, attempt);
    case 'join-failed':
      return hotspot(state, { failure: { attempt, reason: event.reason } });
    default:
      return stay(state);
  }
}

function whilePairing(state: StateOf<'pairing'>, event: BoothEvent): Step {
  switch (event.type) {
    case 'paired':
      return restart(state);
    case 'skip':
      return { state: { ...state, kind: 'ready' }, effects: [{ type: 'stop-pairing' }] };
    case 'setup': {
      const opened = hotspot(state, { asked: true });
      return { ...opened, effects: [{ type: 'stop-pairing' }, ...opened.effects] };
    }
    case 'network': {
      const { reach } = event;
      if (reach === state.reach) return stay(state);
      return {
        state: { ...state, reach },
        effects: [{ type: reach === 'online' ? 'start-pairing' : 'stop-pairing' }],
      };
    }
    default:
      return stay(state);
  }
}

function whenReady(state: StateOf<'ready'>, event: BoothEvent): Step {
  const { bound } = state;
  switch (event.type) {
    case 'setup':
      return hotspot(state, { asked: true });
    case 'pair':
      return bound ? stay(state) : settle(state, state.reach);
    case 'network': {
      const { reach } = event;
      if (reach === state.reach) return stay(state);
      if (!bound && reach === 'online') return settle(state, reach);
      return { state: { ...state, reach }, effects: reach === 'online' ? [{ type: 'wake-sync' }] : [] };
    }
    default:
      return stay(state);
  }
}

/** Where a booth belongs that knows how far its network goes. */
function settle(state: BoothState, reach: Reach): Step {
  if (reach === 'none') return hotspot(state);
  const isOnline = reach === 'online';
  if (state.bound) {
    return {
      state: { ...about(state), kind: 'ready', reach },
      effects: isOnline ? [{ type: 'wake-sync' }] : [],
    };
  }
  return {
    state: { ...about(state), kind: 'pairing', reach },
    effects: isOnline ? [{ type: 'start-pairing' }] : [],
  };
}

/** The one place that opens it: never while a guest is in the middle of a visit. */
function hotspot(state: BoothState, why: Pick<StateOf<'hotspot'>, 'asked' | 'failure'> = {}): Step {
  const { asked, failure } = why;
  return {
    state: {
      ...about(state),
      kind: 'hotspot',
      hotspot: state.session ? 'held' : 'open',
      ...(asked && { asked }),
      ...(failure && { failure }),
    },
    effects: state.session ? [] : [{ type: 'open-hotspot' }],
  };
}

function restart(state: BoothState, joined?: Attempt): Step {
  return {
    state: { ...about(state), kind: 'restarting', ...(joined && { joined }) },
    effects: [{ type: 'restart' }],
  };
}

const stay = (state: BoothState): Step => ({ state, effects: [] });
const about = ({ bound, session }: BoothState) => ({ bound, session });

function withoutPassword(request: JoinRequest): Attempt {
  if (request.kind === 'cable') return request;
  const { password, ...attempt } = request;
  return attempt;
}
