import type { Camera } from '../../camera/camera.ts';
import { FIRST, next, type SessionEffect, type SessionEvent, type SessionState } from '../../session.ts';
import { type SendOutcome, sendShot } from './send.ts';
import type { Sound } from './sound.ts';

/** Nobody touched the result for so long: the next guest is waiting. */
const NOBODY_MS = 45_000;
const SEND_AGAIN_MS = 1_000;

export interface Visit {
  state(): SessionState;
  /** The shot of this visit, as soon as it is taken. */
  shot(): Blob | undefined;
  tell(event: SessionEvent): void;
}

/** Carries out what the guest's machine (session.ts) asks for, and tells it what came of it. */
export function createVisit({
  camera,
  sound,
  restartCamera,
  onChange,
}: {
  camera: Pick<Camera, 'capture'>;
  sound: Sound;
  restartCamera(): void;
  onChange(): void;
}): Visit {
  let state = FIRST;
  let shot: { picture: Blob; key: string } | undefined;
  let timer: number | undefined;

  /** One thing at a time is waited for; the next state waits for another. */
  function later(event: SessionEvent, ms: number): void {
    clearTimeout(timer);
    timer = window.setTimeout(() => tell(event), ms);
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
    switch (effect) {
      case 'beep':
        if (state.phase.kind === 'countdown') sound.beep(state.phase.left);
        break;
      case 'tick-later':
        later({ type: 'tick' }, 1_000);
        break;
      case 'capture':
        sound.shutter();
        void capture();
        break;
      case 'send':
        void send();
        break;
      case 'send-later':
        timer = window.setTimeout(() => void send(), SEND_AGAIN_MS);
        break;
      case 'nobody-later':
        later({ type: 'nobody' }, NOBODY_MS);
        break;
      case 'forget':
        shot = undefined;
        break;
      case 'restart-camera':
        restartCamera();
        break;
    }
  }

  async function capture(): Promise<void> {
    try {
      shot = { picture: await camera.capture(), key: crypto.randomUUID() };
      tell({ type: 'shot' });
    } catch (err) {
      console.warn('no shot', err);
      tell({ type: 'no-shot' });
    }
  }

  async function send(): Promise<void> {
    if (shot) tell(told(await sendShot(shot.picture, shot.key)));
  }

  return { state: () => state, shot: () => shot?.picture, tell };
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
