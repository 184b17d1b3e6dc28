import type { Camera } from '../../camera/camera.ts';
import { FIRST, next, type SessionEffect, type SessionEvent, type SessionState } from '../../session.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { SendOutcome } from './send.ts';
import type { Sound } from './sound.ts';

const TICK_MS = 1_000;
const SEND_AGAIN_MS = 1_000;
/** A boomerang: two seconds, there and back in the finished clip. */
const CLIP_MS = 2_000;
const CLIP_FRAMES = 18;

/** What a visit asks of a camera. */
export type VisitCamera = Pick<Camera, 'capture'> & {
  /** How long before the moment it has to be told (a shutter's delay). */
  readonly shutterDelayMs?: number;
  /** `at`: the moment to be caught, on the clock of `performance.now()`. */
  capture(at?: number): Promise<Blob>;
  /** Absent: this camera makes no boomerangs. */
  record?(ms: number, frames: number): Promise<Blob[]>;
};

export interface Visit {
  state(): SessionState;
  /** The shots of this visit, each as soon as it is taken. */
  shots: Pick<Outbox, 'pictures' | 'frames' | 'all' | 'show'>;
  tell(event: SessionEvent): void;
}

/** Carries out what the guest's machine (session.ts) asks for, and tells it what came of it. */
export function createVisit({
  camera,
  sound,
  language,
  restartCamera,
  onChange,
}: {
  camera: VisitCamera;
  sound: Sound;
  language(): string;
  restartCamera(): void;
  onChange(): void;
}): Visit {
  const outbox = createOutbox();
  let state = FIRST;
  let timer: number | undefined;
  /** When the countdown reaches zero. */
  let zeroAt = 0;

  /** One thing at a time is waited for; the next state waits for another. */
  function later(ms: number, then: () => void): void {
    clearTimeout(timer);
    timer = window.setTimeout(then, ms);
  }

  function tell(event: SessionEvent): void {
    const step = next(state, event);
    if (step.state === state) return;
    const isSamePhase = step.state.phase === state.phase;
    state = step.state;
    if (!isSamePhase) clearTimeout(timer);
    for (const effect of step.effects) carryOut(effect);
    onChange();
  }

  function carryOut(effect: SessionEffect): void {
    const { phase } = state;
    switch (effect) {
      case 'beep':
        if (phase.kind === 'countdown') sound.count(phase.left);
        break;
      case 'tick-later':
        tickLater();
        break;
      case 'begin':
        outbox.begin();
        break;
      case 'capture':
        sound.shutter();
        void capture();
        break;
      case 'send-shots':
        if ('plan' in phase) outbox.sendShots(phase.plan, language());
        break;
      case 'send':
        void send();
        break;
      case 'send-later':
        later(SEND_AGAIN_MS, () => void send());
        break;
      case 'forget':
        outbox.forget();
        break;
      case 'restart-camera':
        restartCamera();
        break;
    }
  }

  function tickLater(): void {
    const isLast = state.phase.kind === 'countdown' && state.phase.left === 1;
    // A camera with a slow shutter is told before the moment that it is to catch.
    const early = isLast ? Math.min(camera.shutterDelayMs ?? 0, TICK_MS) : 0;
    zeroAt = performance.now() + TICK_MS;
    later(TICK_MS - early, () => tell({ type: 'tick' }));
  }

  async function capture(): Promise<void> {
    const at = Math.max(zeroAt, performance.now());
    const { phase } = state;
    if (phase.kind !== 'shooting') return;
    const { plan, turn } = phase;
    // The clock of the phase ticks on; the shot is wanted as long as it is this one.
    const isWanted = () => state.phase.kind === 'shooting' && state.phase.turn === turn;
    try {
      const frames =
        plan.layout?.mode === 'boomerang' && camera.record
          ? await camera.record(CLIP_MS, CLIP_FRAMES)
          : [await camera.capture(at)];
      if (!isWanted()) return;
      outbox.put(turn.shot, frames);
      tell({ type: 'shot' });
    } catch (err) {
      console.warn('no shot', err);
      if (isWanted()) tell({ type: 'no-shot' });
    }
  }

  async function send(): Promise<void> {
    const { phase } = state;
    if (phase.kind !== 'sending') return;
    tell(told(await outbox.send(phase.plan, { loose: phase.loose, language: language() })));
  }

  return { state: () => state, shots: outbox, tell };
}

function told(outcome: SendOutcome): SessionEvent {
  switch (outcome.kind) {
    case 'saved':
      return { type: 'saved', photo: outcome.photo };
    case 'refused':
      return { type: 'refused', full: outcome.full };
    case 'unanswered':
      return { type: 'unanswered' };
  }
}
