import i18next, { type TFunction } from 'i18next';
import type { Language, Texts } from '../../i18n/catalogue.ts';

export interface Words {
  language(): Language;
  readonly t: TFunction;
  /** A day as people say it: "samedi 14 juillet", or without the weekday. */
  day(date: Date, weekday: boolean): string;
  /** Speaks this language from now on, in every element that names its text. */
  speak(language: Language): void;
}

/** Fetches every text once: a guest may change the language at any moment, without the daemon too. */
export async function openWords(language: Language): Promise<Words> {
  const answer = await fetch('/i18n.json', { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`no texts: ${answer.status}`);
  const texts = (await answer.json()) as Record<Language, Texts>;
  await i18next.init({
    lng: language,
    resources: { fr: { translation: texts.fr }, en: { translation: texts.en } },
    keySeparator: false,
    showSupportNotice: false,
    // Texts are set as text, never as HTML.
    interpolation: { escapeValue: false },
  });
  const translators = { fr: i18next.getFixedT('fr'), en: i18next.getFixedT('en') };
  let spoken = language;
  const write = () => {
    const t = translators[spoken];
    document.documentElement.lang = spoken;
    document.title = t('page.title');
    for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) {
      element.textContent = t(element.dataset.t ?? '');
    }
    for (const element of document.querySelectorAll<HTMLElement>('[data-t-label]')) {
      element.setAttribute('aria-label', t(element.dataset.tLabel ?? ''));
    }
    for (const button of document.querySelectorAll<HTMLElement>('[data-language]')) {
      button.setAttribute('aria-pressed', String(button.dataset.language === spoken));
      // The letters on the button are part of its name, so that saying them presses it.
      button.setAttribute(
        'aria-label',
        `${button.textContent} – ${t(`language.${button.dataset.language}`)}`,
      );
    }
  };
  write();
  return {
    language: () => spoken,
    get t() {
      return translators[spoken];
    },
    day: (date, weekday) =>
      new Intl.DateTimeFormat(spoken, {
        day: 'numeric',
        month: 'long',
        ...(weekday && { weekday: 'long' }),
      }).format(date),
    speak(next) {
      spoken = next;
      write();
    },
  };
}
