import type { Language } from '../../i18n/catalogue.ts';

/** What a person did: touched a button, or pressed the one wired button (`wired`), which is the screen's main one. */
export interface Press {
  action: string | undefined;
  data: DOMStringMap;
  wired: boolean;
}

export interface Input {
  onPress(press: Press): void;
  onLanguage(language: Language): void;
  /** Anybody there: any touch, any key. */
  onTouch(): void;
  onEscape(): void;
}

/** Touches and keys. A press button is wired as a keyboard: its Space or Enter is the main button of the screen. */
export function listen({ onPress, onLanguage, onTouch, onEscape }: Input): void {
  document.addEventListener('pointerdown', onTouch);
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>('button') : null;
    if (!button) return;
    if (button.dataset.language) onLanguage(button.dataset.language as Language);
    else onPress({ action: button.dataset.action, data: button.dataset, wired: false });
  });
  document.addEventListener('keydown', (event) => {
    if (leavesPage(event)) event.preventDefault();
    if (event.repeat) {
      if (event.key === ' ' || event.key === 'Enter') event.preventDefault();
      return;
    }
    onTouch();
    if (event.key === 'Escape') onEscape();
    if (event.key !== ' ' && event.key !== 'Enter') return;
    // A button that was pressed and is gone keeps the focus for a moment.
    if (event.target instanceof HTMLButtonElement && event.target.checkVisibility()) return;
    event.preventDefault();
    const main = document.querySelector<HTMLElement>('[data-screen]:not([hidden]) [data-main]');
    if (main && !main.hidden) onPress({ action: main.dataset.action, data: main.dataset, wired: true });
  });
  // Nothing here is to be saved, dragged or opened.
  document.addEventListener('contextmenu', (event) => event.preventDefault());
  document.addEventListener('dragstart', (event) => event.preventDefault());
}

/** Keys with which a browser goes somewhere else, prints, saves or searches. The page itself uses none of them. */
const leavesPage = ({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean =>
  ctrlKey || altKey || metaKey || key === 'Backspace' || /^F\d+$/.test(key);
