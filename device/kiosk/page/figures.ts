import type { Measure } from '@photomaton/design-docs/measures';
import type { TFunction } from 'i18next';
import type { Language } from '../../i18n/catalogue.ts';

/** Times are words, sizes are signs: "4 minutes", "32 GB". */
const LONG_UNITS: readonly Measure['unit'][] = ['minute', 'hour', 'day'];

/** "1,2 Mo/s", "4 minutes". */
export function sayMeasure({ value, unit }: Measure, language: Language): string {
  const unitDisplay = LONG_UNITS.includes(unit) ? 'long' : 'short';
  const said = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay }).format(value);
  // Whole, so that it is seen in our type, and never where a line breaks.
  return said.replace(/\s/, '\u00a0');
}

/** "today at 15:30", "hier à 9 h 05", "July 14 at 15:30". */
export function sayMoment(
  date: Date,
  { t, language, now }: { t: TFunction; language: Language; now: Date },
): string {
  const minute = String(date.getMinutes()).padStart(2, '0');
  const time = t('time.clock', { hour: date.getHours(), minute });
  switch (daysBetween(date, now)) {
    case 0:
      return t('time.today', { time });
    case 1:
      return t('time.yesterday', { time });
    default: {
      const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long' }).format(date);
      return t('time.day', { day, time });
    }
  }
}

/** In days of the calendar here: yesterday evening is one day ago, however late it was. */
function daysBetween(date: Date, now: Date): number {
  const noon = (of: Date) => new Date(of).setHours(12, 0, 0, 0);
  return Math.round((noon(now) - noon(date)) / 86_400_000);
}
