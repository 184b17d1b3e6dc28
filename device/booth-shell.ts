import { setTimeout as nodeSleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type BoothEffect, type BoothEvent, type BoothState, type JoinRequest, next } from './booth.ts';
import type { JoinOutcome, Network } from './network/network.ts';
import type { Pairing, PairingState } from './pairing/client.ts';

/** So often the hotspot looks whether it should give way: one radio cannot do both. */
const GIVE_WAY_AFTER_MS = 5 * 60_000;
/** Time for a known network to come back: to be seen, joined, and to give an address. */
const PATIENCE_MS = 45_000;
/** The page says every 15 s that its guest is still there; a page that died must not keep the hotspot shut. */
const SESSION_LEASE_MS = 45_000;
/** A network part that has said nothing by then hangs. */
const JOIN_WITHIN_MS = 240_000;
const OPEN_AGAIN_MS = 5_000;
const PORTAL_TRIES = 3;
const PORTAL_AGAIN_MS = 2_000;
/** That it worked is to be read before the screen says the next thing. */
const READ_MS = 2_000;

export interface BoothShell {
  state(): BoothState;
  /** Undefined unless the booth is pairing and has the internet to do so. */
  pairing(): PairingState | undefined;
  onChange(listener: () => void): () => void;
  /** Gives an event to the machine. False when it meant nothing in this state. */
  tell(event: BoothEvent): boolean;
  /** The tap on the booth's screen that lets a customer have it. */
  answerPairing(yes: boolean): void;
  start(): void;
  stop(): Promise<void>;
}

/** Carries out what the booth's machine (booth.ts) asks for, and tells it what came of it. */
export function createBoothShell({
  bound,
  network,
  hotspot,
  portalAnswers,
  openPairing,
  wakeSync,
  restart,
  sleep = (ms, signal) => nodeSleep(ms, undefined, { signal }),
  log,
}: {
  bound: boolean;
  network: Network;
  hotspot: { ssid: string; password: string };
  /** Is the portal to be reached from here? False, or a rejection, when not. */
  portalAnswers(): Promise<boolean>;
  openPairing(on: { onState(state: PairingState): void; restart(): void }): Pairing;
  wakeSync(): void;
  /** Called when the screen has said so. */
  restart(): void;
  /** Rejects when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  log: Logger;
}): BoothShell {
  const listeners = new Set<() => void>();
  const stopped = new AbortController();
  let state: BoothState = { kind: 'starting', bound, session: false };
  /** Aborts when the state becomes another one: what was waited for in it is over. */
  let over = new AbortController();
  let lease = new AbortController();
  let pairing: { part: Pairing; shown: PairingState } | undefined;
  let pairingEnds: Promise<void> = Promise.resolve();
  let radio: Promise<void> = Promise.resolve();
  let radioJobs = 0;

  const changed = () => {
    for (const listener of listeners) listener();
  };

  function tell(event: BoothEvent): boolean {
    if (stopped.signal.aborted) return false;
    if (event.type === 'session' && event.runs) renewLease();
    const step = next(state, event);
    if (step.state === state && step.effects.length === 0) return false;
    const isOther = placeOf(step.state) !== placeOf(state);
    if (isOther)
      log.info({ from: placeOf(state), to: placeOf(step.state), event: event.type }, 'booth state');
    state = step.state;
    if (isOther) {
      over.abort();
      over = new AbortController();
      if (placeOf(state) === 'hotspot open') later(GIVE_WAY_AFTER_MS, giveWay);
      if (placeOf(state) === 'hotspot giving-way') later(PATIENCE_MS, () => tell({ type: 'patience-over' }));
    }
    for (const effect of step.effects) carryOut(effect);
    changed();
    return true;
  }

  /** Does this after so long, unless the signal says that it is not wanted any more. */
  function later(ms: number, then: () => void, signal = over.signal): void {
    sleep(ms, AbortSignal.any([signal, stopped.signal])).then(then, () => {});
  }

  function giveWay(): void {
    const { phones, knowsNetworks, reach } = network.state();
    if (phones === 0 && (knowsNetworks || reach !== 'none')) tell({ type: 'give-way' });
    else later(GIVE_WAY_AFTER_MS, giveWay);
  }

  function renewLease(): void {
    lease.abort();
    lease = new AbortController();
    later(SESSION_LEASE_MS, () => tell({ type: 'session', runs: false }), lease.signal);
  }

  /** The radio does one thing after the other. */
  function withRadio(work: () => Promise<unknown>): void {
    radioJobs += 1;
    radio = radio
      .then(work)
      .catch((err: unknown) => {
        if (!stopped.signal.aborted) log.error({ err }, 'network failed');
      })
      .then(() => {
        radioJobs -= 1;
      });
  }

  function carryOut(effect: BoothEffect): void {
    switch (effect.type) {
      case 'open-hotspot':
        withRadio(() => openHotspot(over.signal));
        break;
      case 'close-hotspot':
        withRadio(async () => {
          await network.closeHotspot();
          tellReach();
        });
        break;
      case 'search':
        withRadio(network.rescan);
        break;
      case 'join':
        withRadio(async () => tell(await join(effect.request)));
        break;
      case 'start-pairing':
        startPairing();
        break;
      case 'stop-pairing':
        stopPairing();
        break;
      case 'wake-sync':
        wakeSync();
        break;
      case 'restart':
        if (state.kind === 'restarting' && state.joined) later(READ_MS, restart);
        else restart();
        break;
    }
  }

  /** Until it is open: a card may be plugged in, a service may come back. */
  async function openHotspot(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !stopped.signal.aborted) {
      try {
        return await network.openHotspot(hotspot);
      } catch (err) {
        log.error({ err, trouble: network.state().trouble }, 'no hotspot');
      }
      await sleep(OPEN_AGAIN_MS, AbortSignal.any([signal, stopped.signal])).catch(() => {});
    }
  }

  async function join(request: JoinRequest): Promise<BoothEvent> {
    const outcome = await withinDeadline(network.join(request, (step) => tell({ type: 'step', step }))).catch(
      (err: unknown): JoinOutcome => {
        log.error({ err }, 'joining failed');
        return { kind: 'failed', reason: 'no-answer' };
      },
    );
    if (outcome.kind === 'failed') return { type: 'join-failed', reason: outcome.reason };
    const { reach } = network.state();
    if (reach === 'captive') return { type: 'join-failed', reason: 'captive' };
    if (reach !== 'online') return { type: 'join-failed', reason: 'no-internet' };
    tell({ type: 'step', step: 'portal' });
    return (await findPortal()) ? { type: 'joined' } : { type: 'join-failed', reason: 'no-portal' };
  }

  async function withinDeadline(joining: Promise<JoinOutcome>): Promise<JoinOutcome> {
    const done = new AbortController();
    const late = sleep(JOIN_WITHIN_MS, AbortSignal.any([done.signal, stopped.signal]));
    try {
      return await Promise.race([
        joining,
        late.then((): JoinOutcome => ({ kind: 'failed', reason: 'no-answer' })),
      ]);
    } finally {
      done.abort();
    }
  }

  async function findPortal(): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      if (await portalAnswers().catch(() => false)) return true;
      if (tries === PORTAL_TRIES) return false;
      await sleep(PORTAL_AGAIN_MS, stopped.signal);
    }
  }

  function startPairing(): void {
    const part = openPairing({
      onState(shown) {
        if (pairing?.part !== part) return;
        pairing = { part, shown };
        changed();
      },
      restart: () => tell({ type: 'paired' }),
    });
    pairing = { part, shown: { kind: 'connecting' } };
    part.start();
  }

  function stopPairing(): void {
    const ended = pairing?.part.stop();
    pairing = undefined;
    pairingEnds = Promise.all([pairingEnds, ended]).then(() => {});
  }

  const tellReach = () => tell({ type: 'network', reach: network.state().reach });

  function onNetwork(): void {
    tellReach();
    // Gone by itself: a card pulled, a service restarted.
    const isGone = placeOf(state) === 'hotspot open' && !network.state().hotspotOpen;
    if (isGone && radioJobs === 0) withRadio(() => openHotspot(over.signal));
  }

  async function lookForNetwork(): Promise<void> {
    await network.start().catch((err: unknown) => {
      if (!stopped.signal.aborted) log.error({ err }, 'the network part did not start');
    });
    network.onChange(onNetwork);
    tellReach();
  }

  return {
    state: () => state,
    pairing: () => pairing?.shown,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell,
    answerPairing(yes) {
      if (yes) pairing?.part.confirm();
      else pairing?.part.decline();
    },
    start: () => void lookForNetwork(),
    async stop() {
      stopped.abort();
      listeners.clear();
      stopPairing();
      // Not for the radio: the network part, stopped next, ends what is under way.
      await pairingEnds;
    },
  };
}

/** Where the machine is, as far as waiting goes. */
function placeOf(state: BoothState): string {
  return state.kind === 'hotspot' ? `hotspot ${state.hotspot}` : state.kind;
}
