import { byId } from '../dom.ts';

const HOLD_MS = 5_000;
const KEY = 'm';

/** What opens the menu and nobody does by chance: a corner of the screen held for 5 s, or the key M as long. */
export function onHold(then: () => void): void {
  const corner = byId('corner');
  let timer: number | undefined;
  const begin = () => {
    clearTimeout(timer);
    timer = window.setTimeout(then, HOLD_MS);
  };
  const end = () => clearTimeout(timer);
  corner.addEventListener('pointerdown', begin);
  for (const name of ['pointerup', 'pointercancel', 'pointerleave']) corner.addEventListener(name, end);
  document.addEventListener('keydown', ({ key, repeat }) => {
    if (key.toLowerCase() === KEY && !repeat) begin();
  });
  document.addEventListener('keyup', ({ key }) => {
    if (key.toLowerCase() === KEY) end();
  });
  window.addEventListener('blur', end);
}
