import type { Language } from '../../i18n/catalogue.ts';
import type { Words } from './words.ts';

/** Nobody touched the screen for so long: the next guest finds the booth's own language. */
const FORGET_MS = 60_000;

export interface LanguageChoice {
  /** The booth's own language, which is spoken while no guest chose another. */
  setDefault(language: Language): void;
  choose(language: Language): void;
  /** The guest who chose has left. */
  forget(): void;
}

export function createLanguageChoice({
  words,
  onChange,
}: {
  words: Words;
  onChange(): void;
}): LanguageChoice {
  let usual = words.language();
  let chosen: Language | undefined;
  let timer: number | undefined;

  function speak(): void {
    const language = chosen ?? usual;
    if (language === words.language()) return;
    words.speak(language);
    onChange();
  }
  function forget(): void {
    chosen = undefined;
    clearTimeout(timer);
    speak();
  }
  function forgetLater(): void {
    clearTimeout(timer);
    if (chosen) timer = window.setTimeout(forget, FORGET_MS);
  }
  document.addEventListener('pointerdown', forgetLater);

  return {
    setDefault(language) {
      usual = language;
      speak();
    },
    choose(language) {
      chosen = language;
      forgetLater();
      speak();
    },
    forget,
  };
}
