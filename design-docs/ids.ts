/**
 * Ids of booths and events, the names of databases and roles, and times as ids carry them: UTC in the basic ISO form
 * `20260714T133012.042Z`, so that ids sort by time.
 */

/** A booth's id: 24 lower-case hexadecimal digits, the beginning of its public key's SHA-256. */
export type BoothId = string;
/** An event's id: 24 lower-case hexadecimal digits, random. */
export type EventId = string;

const HEX24 = /^[0-9a-f]{24}$/;
/** Is this a well-formed booth id? To be asked before an id becomes the name of a database. */
export const isBoothId = (text: unknown): text is BoothId => typeof text === 'string' && HEX24.test(text);
/** Is this a well-formed event id? To be asked before an id becomes the name of a database. */
export const isEventId = (text: unknown): text is EventId => typeof text === 'string' && HEX24.test(text);

/** What a person calls a booth: the last four digits of its id, in capitals ("Photomaton 4F2A"). */
export const serialOf = (booth: BoothId): string => booth.slice(-4).toUpperCase();

/** Databases that exist once, and the two kinds that exist once per booth and per event. */
export const SYSTEM_DATABASES = ['accounts', 'sessions', 'fleet', 'designs', 'audit', 'paillasson'] as const;
export type SystemDatabase = (typeof SYSTEM_DATABASES)[number];
export const boothDatabase = (booth: BoothId): string => `booth-${booth}`;
export const eventDatabase = (event: EventId): string => `event-${event}`;
/** The CouchDB user name of a booth (user names take no colon), and the role all booths have. */
export const boothUser = (booth: BoothId): string => `booth-${booth}`;
export const BOOTH_ROLE = 'booth';
export const PORTAL_ROLE = 'portal';

/** `20260714T133012.042Z`: the UTC time of an id. Throws a RangeError on an invalid date. */
export function idTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:]/g, '');
}

/** The moment that an id's time stands for (the inverse of {@link idTime}). */
export function timeOfId(text: string): Date {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\.(\d{3})Z$/.exec(text);
  if (!m) throw new RangeError(`not the time of an id: ${text}`);
  return new Date(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}.${m[7]}Z`);
}
