import type { EventDoc } from '@photomaton/design-docs/docs';
import type { EventRow } from './event-list.ts';

type Locals = Pick<Express.Locals, 'lang' | 't'>;

/** "14–15 July 2026": days on the calendar of the place, whatever the server's own is. */
export function sayDays({ from, to }: NonNullable<EventDoc['days']>, { lang }: Locals): string {
  const format = new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone: 'UTC' });
  return format.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

/** Its days; of one without, since when it is there. */
export function sayWhen({ days, createdAt }: Pick<EventRow, 'days' | 'createdAt'>, locals: Locals): string {
  if (days) return sayDays(days, locals);
  const since = new Intl.DateTimeFormat(locals.lang, { dateStyle: 'long' }).format(new Date(createdAt));
  return locals.t('events:since', { date: since });
}

/** What a list prints of an event. */
export function eventCard({ days, createdAt, ...row }: EventRow, locals: Locals) {
  return { ...row, when: sayWhen({ days, createdAt }, locals) };
}
