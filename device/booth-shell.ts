import type { Logger } from 'pino';
import { type BoothEffect, type BoothEvent, type BoothState, next } from './booth.ts';
import type { Hotspot } from './network/hotspot.ts';
import type { Network } from './network/network.ts';
import type { Pairing, PairingState } from './pairing/client.ts';

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
  openPairing,
  wakeSync,
  restart,
  log,
}: {
  bound: boolean;
  network: Network;
  hotspot: Pick<Hotspot, 'ssid' | 'password'>;
  openPairing(on: { onState(state: PairingState): void; restart(): void }): Pairing;
  wakeSync(): void;
  /** Called once the screen says so. */
  restart(): void;
  log: Logger;
}): BoothShell {
  const listeners = new Set<() => void>();
  let state: BoothState = { kind: 'starting', bound };
  let pairing: { part: Pairing; shown: PairingState } | undefined;
  let pairingEnds: Promise<void> = Promise.resolve();
  let radio: Promise<void> = Promise.resolve();

  const changed = () => {
    for (const listener of listeners) listener();
  };

  function tell(event: BoothEvent): boolean {
    const step = next(state, event);
    if (step.state === state) return false;
    log.info({ from: state.kind, to: step.state.kind, event: event.type }, 'booth state');
    state = step.state;
    for (const effect of step.effects) carryOut(effect);
    changed();
    return true;
  }

  /** The radio does one thing after the other. */
  function withRadio(work: () => Promise<unknown>): void {
    radio = radio.then(work).then(
      () => {},
      (err: unknown) => log.error({ err }, 'network failed'),
    );
  }

  function carryOut(effect: BoothEffect): void {
    switch (effect.type) {
      case 'open-hotspot':
        withRadio(() => network.openHotspot(hotspot));
        break;
      case 'close-hotspot':
        withRadio(() => network.closeHotspot());
        break;
      case 'join':
        withRadio(async () => {
          const outcome = await network.join(effect.request);
          tell(
            outcome.kind === 'joined' ? { type: 'joined' } : { type: 'join-failed', reason: outcome.reason },
          );
        });
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
        restart();
        break;
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
    start() {
      network.onChange(() => tell({ type: 'network', reach: network.state().reach }));
      tell({ type: 'network', reach: network.state().reach });
    },
    async stop() {
      listeners.clear();
      stopPairing();
      await Promise.all([pairingEnds, radio]);
    },
  };
}
