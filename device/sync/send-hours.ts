import type { SettingsDoc } from '@photomaton/design-docs/docs';

/** Is it a time at which photos may travel, by the clock of the booth? `to` may be the next morning. */
export function isWithin({ from, to }: NonNullable<SettingsDoc['sendBetween']>, now: Date): boolean {
  const digits = (n: number) => String(n).padStart(2, '0');
  const time = `${digits(now.getHours())}:${digits(now.getMinutes())}`;
  return from < to ? from <= time && time < to : from <= time || time < to;
}
