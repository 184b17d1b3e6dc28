/** A photo's name and time of day, as the booth's own clock and time zone say them. Pure. */

/** English whatever the booth's language: the name is the same file for everyone who gets it. */
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

const two = (n: number): string => String(n).padStart(2, '0');

/**
 * `14Jul2026_153012.jpg`, booth-local time. The second photo of the same second is `ordinal` 2:
 * `14Jul2026_153012-2.jpg`.
 */
export function photoName(taken: Date, ordinal = 1): string {
  const day = `${two(taken.getDate())}${MONTHS[taken.getMonth()]}${taken.getFullYear()}`;
  const time = `${two(taken.getHours())}${two(taken.getMinutes())}${two(taken.getSeconds())}`;
  return `${day}_${time}${ordinal === 1 ? '' : `-${ordinal}`}.jpg`;
}

const NAME = new RegExp(`^(\\d\\d)(${MONTHS.join('|')})(\\d{4})_(\\d\\d)(\\d\\d)(\\d\\d)(?:-\\d+)?\\.jpg$`);

/** The second that a name stands for, or undefined when it is not the name of a photo. */
export function timeOfName(name: string): Date | undefined {
  const m = NAME.exec(name);
  if (!m) return undefined;
  return new Date(
    Number(m[3]),
    MONTHS.indexOf(m[2] ?? ''),
    Number(m[1]),
    Number(m[4]),
    Number(m[5]),
    Number(m[6]),
  );
}

/** ISO 8601 with the booth's offset: `2026-07-14T15:30:12.042+02:00`. */
export function localIso(time: Date): string {
  const offsetMin = -time.getTimezoneOffset();
  const shifted = new Date(time.getTime() + offsetMin * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(offsetMin);
  return `${shifted}${offsetMin < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
