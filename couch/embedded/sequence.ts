import { badRequest } from './http.ts';

/** An update sequence as clients see it: `12-<instance>`. Of another life of the database it means "from 0". */
export const formatSequence = (seq: number, instance: string): string => `${seq}-${instance}`;

/** The number of a sequence, 0 for one of another instance; `now` is what `since=now` stands for. */
export function parseSequence(text: string | undefined, instance: string, now: () => Promise<number>) {
  if (text === undefined) return Promise.resolve(0);
  if (text === 'now') return now();
  const m = /^"?(\d{1,15})(?:-([0-9a-z]{1,32}))?"?$/.exec(text);
  if (!m) throw badRequest("Malformed sequence supplied in 'since' parameter.");
  return Promise.resolve(m[2] === undefined || m[2] === instance ? Number(m[1]) : 0);
}
