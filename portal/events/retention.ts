import type { EventDoc } from '@photomaton/design-docs/docs';

const DAY_MS = 24 * 3600_000;
/** By then the last day is over in every time zone. */
const EVERYWHERE_MS = 12 * 3600_000;

/** When the photos of an event are erased; undefined: never. */
export function erasedAt({ days, keepDays }: Pick<EventDoc, 'days' | 'keepDays'>): Date | undefined {
  if (!days || keepDays === undefined) return undefined;
  return new Date(Date.parse(`${days.to}T00:00:00Z`) + (keepDays + 1) * DAY_MS + EVERYWHERE_MS);
}
