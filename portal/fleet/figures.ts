import type { Measure } from '@photomaton/design-docs/measures';

/** The reader's language, as every page has it. */
type Locals = Pick<Express.Locals, 'lang' | 't'>;

/** Times are words, sizes are signs: "4 minutes", "32 GB". */
const LONG_UNITS: readonly Measure['unit'][] = ['minute', 'hour', 'day'];

/** "1,2 Mo/s", "4 minutes". The space never breaks a line. */
export function sayMeasure({ value, unit }: Measure, { lang }: Locals): string {
  const unitDisplay = LONG_UNITS.includes(unit) ? 'long' : 'short';
  const said = new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay }).format(value);
  return said.replace(/\s/, '\u00a0');
}

/** "about 4 minutes left". */
export function sayLeft(left: Measure, locals: Locals): string {
  const { t } = locals;
  return left.value === 0 ? t('booths:soon') : t('booths:left', { time: sayMeasure(left, locals) });
}

/** "3 minutes ago": true in every time zone, and a server does not know its reader's. */
export function sayAgo(date: Date, now: Date, { lang }: Locals): string {
  const minutes = Math.max(1, Math.round((now.getTime() - date.getTime()) / 60_000));
  const ago = (count: number, unit: 'minute' | 'hour' | 'day') =>
    new Intl.RelativeTimeFormat(lang).format(-Math.round(count), unit);
  if (minutes < 60) return ago(minutes, 'minute');
  return minutes < 36 * 60 ? ago(minutes / 60, 'hour') : ago(minutes / (24 * 60), 'day');
}

/** "in 40 minutes", the other way of {@link sayAgo}. */
export function sayIn(date: Date, now: Date, { lang }: Pick<Locals, 'lang'>): string {
  const minutes = Math.max(1, Math.ceil((date.getTime() - now.getTime()) / 60_000));
  const hence = new Intl.RelativeTimeFormat(lang);
  return minutes < 120 ? hence.format(minutes, 'minute') : hence.format(Math.ceil(minutes / 60), 'hour');
}
