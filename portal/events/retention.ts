import type { EventDoc } from '@photomaton/design-docs/docs';

const DAY_MS = 24 * 3600_000;
/** By then the last day is over in every time zone. */
const EVERYWHERE_MS = 12 * 3600_000;

/** When the last day of an event is over; undefined: it has none. */
export function overAt(days: EventDoc['days']): Date | undefined {
  return days && new Date(Date.parse(`${days.to}T00:00:00Z`) + DAY_MS + EVERYWHERE_MS);
}

/** When the photos of an event are erased; undefined: never. */
export function erasedAt({ days, keepDays }: Pick<EventDoc, 'days' | 'keepDays'>): Date | undefined {
  const over = overAt(days);
  if (!over || keepDays === undefined) return undefined;
  return new Date(over.getTime() + keepDays * DAY_MS);
}
