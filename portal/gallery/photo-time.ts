import { LANGUAGES, type Language } from '../i18n.ts';

/** Made once: to make one costs more than to write a page's sixty times with it. */
const FORMATS = Object.fromEntries(
  LANGUAGES.map((lang) => {
    const format = (options: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat(lang, { ...options, timeZone: 'UTC' });
    return [
      lang,
      {
        date: format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
        time: format({ hour: 'numeric', minute: '2-digit' }),
      },
    ];
  }),
) as Record<Language, Record<'date' | 'time', Intl.DateTimeFormat>>;

/**
 * When a photo was taken, as the clock on the wall said there: `takenAt` carries the booth's own offset, and
 * a guest remembers the party's time, whatever zone this server or the reader is in.
 */
export function photoTime(takenAt: string, lang: Language): { date: string; time: string } {
  const wallClock = new Date(`${takenAt.slice(0, 19)}Z`);
  const { date, time } = FORMATS[lang];
  return { date: date.format(wallClock), time: time.format(wallClock) };
}

/** The clock on the wall at a moment, in the zone at the end of a photo's `takenAt`: as `takenAt` begins. */
export function onTheWall(time: Date, takenAt: string): string {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(takenAt) ?? [];
  const offsetMin = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return new Date(time.getTime() + offsetMin * 60_000).toISOString().slice(0, 19);
}
