import { readFileSync } from 'node:fs';
import i18next, { type TFunction } from 'i18next';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];
export type Texts = Record<string, string>;

const read = (language: Language): Texts =>
  JSON.parse(readFileSync(new URL(`${language}.json`, import.meta.url), 'utf8')) as Texts;

/** Every word that the booth says, by language. Keys are flat: `attract.take`. */
export function readTexts(): Record<Language, Texts> {
  return { fr: read('fr'), en: read('en') };
}

/** Translators for the pages that the server makes; the kiosk page has the same texts and its own i18next. */
export async function openTranslators(texts: Record<Language, Texts>): Promise<Record<Language, TFunction>> {
  const instance = i18next.createInstance();
  await instance.init({
    resources: { fr: { translation: texts.fr }, en: { translation: texts.en } },
    supportedLngs: LANGUAGES,
    fallbackLng: 'en',
    keySeparator: false,
    showSupportNotice: false,
    // Views print with <%=, which escapes.
    interpolation: { escapeValue: false },
  });
  return { fr: instance.getFixedT('fr'), en: instance.getFixedT('en') };
}
