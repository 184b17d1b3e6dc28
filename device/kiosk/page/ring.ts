import type { Words } from './words.ts';

/** The time that is left, as a ring in the button that will press itself, and the button beside it that stops it. */
export function fillRing(
  screen: HTMLElement,
  { left, of, paused }: { left: number; of: number; paused: boolean },
  { t }: Words,
): void {
  const part = paused ? 100 : (100 * left) / of;
  screen.querySelector('[data-ring]')?.setAttribute('stroke-dasharray', `${part} 100`);
  const pause = screen.querySelector('[data-pause]');
  pause?.setAttribute('aria-pressed', String(paused));
  pause?.setAttribute('aria-label', t('ring.pause'));
}
