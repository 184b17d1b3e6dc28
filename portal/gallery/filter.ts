import { idTime, isBoothId } from '@photomaton/design-docs/docs';

/** Which photos of an event are asked for. Without any field: all that are not hidden or deleted. */
export interface Filter {
  show?: Show;
  booth?: string;
  /** Name of the template that they were made with. */
  layout?: string;
  /** From this moment on, and before that one: times as in ids. */
  from?: string;
  to?: string;
}
const SHOWS = ['favourites', 'hidden', 'deleted'] as const;
type Show = (typeof SHOWS)[number];

const ID_TIME = /^\d{8}T\d{6}\.\d{3}Z$/;
const WALL_CLOCK = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/;

/**
 * The filter that the query of an address asks for. What it does not know it leaves out. A time is one of an id, or
 * the party's own as a form gives it (`2026-07-14T15:30`), which `zone`, the offset of a photo there, makes one.
 */
export function filterOf(query: Record<string, unknown>, zone = 'Z'): Filter {
  const { show, booth, layout } = query;
  const from = timeOf(query.from, zone, 0);
  // The last minute that was asked for is meant whole.
  const to = timeOf(query.to, zone, 60_000);
  return {
    ...(SHOWS.some((one) => one === show) && { show: show as Show }),
    ...(isBoothId(booth) && { booth }),
    ...(typeof layout === 'string' && /^[a-z0-9-]{1,64}$/.test(layout) && { layout }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

/** Does it ask for the party's own time, so that its zone has to be known? */
export const needsZone = ({ from, to }: Record<string, unknown>): boolean =>
  [from, to].some((text) => typeof text === 'string' && WALL_CLOCK.test(text));

function timeOf(text: unknown, zone: string, lastMs: number): string | undefined {
  if (typeof text !== 'string') return undefined;
  if (ID_TIME.test(text)) return text;
  const time = WALL_CLOCK.test(text) ? Date.parse(`${text}:00${zone}`) : Number.NaN;
  return Number.isNaN(time) ? undefined : idTime(new Date(time + lastMs));
}

/** The offset at the end of a photo's `takenAt`: `+02:00`. */
export const zoneOf = (takenAt: string): string => /(?:Z|[+-]\d\d:\d\d)$/.exec(takenAt)?.[0] ?? 'Z';
