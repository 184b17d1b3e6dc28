import type { Language } from '../i18n.ts';

/** The language of the terminal, for pages and mails of a new account until it chooses. */
export function terminalLanguage(): Language {
  return Intl.DateTimeFormat().resolvedOptions().locale.startsWith('fr') ? 'fr' : 'en';
}
