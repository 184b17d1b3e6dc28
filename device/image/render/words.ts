import type { TemplateText } from '@photomaton/design-docs/template';
import type { Occasion } from './job.ts';

/** A title is a line or two, not a page. */
const MAX_TITLE = 120;

/** The words of a text at this occasion: in the guest's language, placeholders filled in. */
export function wordsOf(text: TemplateText['text'], occasion: Occasion): string {
  const words = typeof text === 'string' ? text : text[occasion.language];
  const filled = words.replace(/\{(event|date|time)\}/g, (_, placeholder: string) => {
    if (placeholder === 'event') return [...occasion.title].slice(0, MAX_TITLE).join('');
    return placeholder === 'date' ? dateOf(occasion) : timeOf(occasion);
  });
  // Control characters and line breaks of a pasted title; no-break spaces stay what they are.
  return filled.replace(/[\p{Cc}\u2028\u2029 ]+/gu, ' ').trim();
}

/** `14 juillet 2026`, `1er janvier 2027`; `14 July 2026`. */
function dateOf({ date, language, timeZone }: Occasion): string {
  const words = new Intl.DateTimeFormat(language === 'fr' ? 'fr-FR' : 'en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric' },
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(date);
  return language === 'fr' ? words.replace(/^1 /, '1er ') : words;
}

/** `15:30`, of 24 hours: read by both. */
function timeOf({ date, timeZone }: Occasion): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ hour: '2-digit', minute: '2-digit' },
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(date);
}
