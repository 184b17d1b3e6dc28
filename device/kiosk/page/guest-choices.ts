import type { Language } from '../../i18n/catalogue.ts';
import type { Words } from './words.ts';

/** Nobody touched the screen for so long: the next guest finds the booth as it usually is. */
const FORGET_MS = 60_000;

/** What a guest may set for themselves: the language, and the side on which the buttons are. */
export interface GuestChoices {
  /** The booth's own language, which is spoken while no guest chose another. */
  setUsual(language: Language): void;
  /** Those that the event speaks; with one there is nothing to choose. */
  offer(languages: readonly Language[]): void;
  speak(language: Language): void;
  swapSides(): void;
  /** The guest who chose has left. */
  forget(): void;
}

export function createGuestChoices({ words, onChange }: { words: Words; onChange(): void }): GuestChoices {
  let usual = words.language();
  let chosen: Language | undefined;
  let timer: number | undefined;

  function speak(): void {
    const language = chosen ?? usual;
    if (language === words.language()) return;
    words.speak(language);
    onChange();
  }
  function showSide(side: 'left' | 'right'): void {
    document.body.dataset.side = side;
  }
  function forget(): void {
    chosen = undefined;
    clearTimeout(timer);
    showSide('left');
    speak();
  }
  function forgetLater(): void {
    clearTimeout(timer);
    timer = window.setTimeout(forget, FORGET_MS);
  }
  document.addEventListener('pointerdown', forgetLater);
  document.addEventListener('keydown', forgetLater);
  showSide('left');

  return {
    setUsual(language) {
      usual = language;
      speak();
    },
    offer(languages) {
      for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
        button.hidden = languages.length < 2 || !languages.includes(button.dataset.language as Language);
      }
    },
    speak(language) {
      chosen = language;
      speak();
    },
    swapSides: () => showSide(document.body.dataset.side === 'left' ? 'right' : 'left'),
    forget,
  };
}
