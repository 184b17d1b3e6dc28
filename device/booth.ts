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
 * `reach` says how far the network goes: `none`, `offline` (a network without internet), `captive` (a network
 * whose own login page stands in between), `online`. Losing the network while guests are there never opens the
 * hotspot: offline is a normal way to be ready.
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

/** Why a network is not the booth's way out. The network part says the first four. */
export type JoinFailure =
  | 'wrong-password'
  | 'not-found'
  | 'no-address'
  | 'no-answer'
  | 'no-internet'
  | 'captive'
  | 'no-portal';

/** `bound`: has the booth a customer? Decided when it starts, and changed only by restarting. */
export type BoothState = { bound: boolean } & (
  | { kind: 'starting' }
  | { kind: 'hotspot'; failure?: { ssid: string; reason: JoinFailure } }
  | { kind: 'joining'; ssid: string }
  | { kind: 'pairing'; reach: Reach }
  | { kind: 'ready'; reach: Reach }
  | { kind: 'restarting' }
);

export type BoothEvent =
  | { type: 'network'; reach: Reach }
  | { type: 'join'; request: JoinRequest }
  | { type: 'joined' }
  | { type: 'join-failed'; reason: JoinFailure }
  | { type: 'paired' }
  /** Someone chose to take photos without network, or before pairing. */
  | { type: 'skip' }
  /** Someone wants to pair after all. */
  | { type: 'pair' };

export type BoothEffect =
  | { type: 'open-hotspot' }
  | { type: 'close-hotspot' }
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
  const stay: Step = { state, effects: [] };
  const { bound } = state;
  switch (state.kind) {
    case 'starting':
      return event.type === 'network' ? settle(bound, event.reach) : stay;

    case 'hotspot':
      if (event.type === 'join') {
        const { request } = event;
        return {
          state: { kind: 'joining', bound, ssid: request.kind === 'wifi' ? request.ssid : '' },
          effects: [{ type: 'join', request }],
        };
      }
      if (event.type === 'skip') {
        return { state: { kind: 'ready', bound, reach: 'none' }, effects: [{ type: 'close-hotspot' }] };
      }
      if (event.type === 'network' && event.reach !== 'none') {
        const settled = settle(bound, event.reach);
        return { ...settled, effects: [{ type: 'close-hotspot' }, ...settled.effects] };
      }
      return stay;

    case 'joining':
      if (event.type === 'joined') return restart(bound);
      if (event.type === 'join-failed') {
        const failure = { ssid: state.ssid, reason: event.reason };
        return { state: { kind: 'hotspot', bound, failure }, effects: [{ type: 'open-hotspot' }] };
      }
      return stay;

    case 'pairing':
      if (event.type === 'paired') return restart(bound);
      if (event.type === 'skip') {
        return { state: { ...state, kind: 'ready' }, effects: [{ type: 'stop-pairing' }] };
      }
      if (event.type === 'network' && event.reach !== state.reach) {
        const type = event.reach === 'online' ? 'start-pairing' : 'stop-pairing';
        return { state: { ...state, reach: event.reach }, effects: [{ type }] };
      }
      return stay;

    case 'ready':
      if (event.type === 'network' && event.reach !== state.reach) {
        if (!bound && event.reach === 'online') return settle(bound, event.reach);
        const effects: BoothEffect[] = event.reach === 'online' ? [{ type: 'wake-sync' }] : [];
        return { state: { ...state, reach: event.reach }, effects };
      }
      if (event.type === 'pair' && !bound) return settle(bound, state.reach);
      return stay;

    case 'restarting':
      return stay;
  }
}

/** Where a booth belongs that knows how far its network goes. */
function settle(bound: boolean, reach: Reach): Step {
  if (reach === 'none') return { state: { kind: 'hotspot', bound }, effects: [{ type: 'open-hotspot' }] };
  if (bound) {
    return {
      state: { kind: 'ready', bound, reach },
      effects: reach === 'online' ? [{ type: 'wake-sync' }] : [],
    };
  }
  const effects: BoothEffect[] = reach === 'online' ? [{ type: 'start-pairing' }] : [];
  return { state: { kind: 'pairing', bound, reach }, effects };
}

function restart(bound: boolean): Step {
  return { state: { kind: 'restarting', bound }, effects: [{ type: 'restart' }] };
}
