import { type Phase, shotsOf } from '../../../session.ts';
import { byId, setPicture, setText } from '../dom.ts';
import type { Words } from '../words.ts';

type Counting = Phase & { kind: 'countdown' | 'shooting' };

/** The number, low, where it hides no face; which shot of how many; what to do. */
export function fillCountdown(phase: Counting, words: Words): void {
  const { plan, turn } = phase;
  const which = byId('countdown-shot');
  which.hidden = shotsOf(plan) === 1;
  setText(which, words.t('countdown.shot', { shot: turn.shot + 1, of: shotsOf(plan) }));
  setText(byId('countdown-number'), phase.kind === 'countdown' ? String(phase.left) : '');
  setText(byId('countdown-text'), textOf(phase, words));
}

function textOf(phase: Counting, { t }: Words): string {
  const isBoomerang = phase.plan.layout?.mode === 'boomerang';
  if (phase.kind === 'shooting') return t(isBoomerang ? 'countdown.move' : 'countdown.smile');
  if (phase.left > 1) return t(isBoomerang ? 'countdown.ready-to-move' : 'countdown.ready');
  return t(isBoomerang ? 'countdown.move' : 'countdown.smile');
}

/** The shot that was just taken, for a moment, before the next. */
export function fillTaken(
  { plan, turn }: Phase & { kind: 'showing' },
  picture: string | undefined,
  { t }: Words,
): void {
  setPicture(byId('taken-picture', HTMLImageElement), picture);
  byId('taken-picture', HTMLImageElement).alt = t('result.photo');
  setText(byId('taken-text'), t('taken.left', { count: shotsOf(plan) - turn.taken }));
}
