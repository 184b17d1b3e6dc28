/**
 * The figures of a booth's status as people say them. Booth and portal round alike, so that both screens say the
 * same; the words are each one's own.
 */

import { parsePhotoId, parsePreviewId } from './docs.ts';

/** A number and its unit, in the names that `Intl.NumberFormat` has for them. */
export interface Measure {
  value: number;
  unit: 'kilobyte-per-second' | 'megabyte-per-second' | 'megabyte' | 'gigabyte' | 'minute' | 'hour' | 'day';
}

export function speedOf(bytesPerSecond: number): Measure {
  return bytesPerSecond < 1e6
    ? { value: toStep(bytesPerSecond / 1e3, 10), unit: 'kilobyte-per-second' }
    : { value: toTenth(bytesPerSecond / 1e6), unit: 'megabyte-per-second' };
}

/**
 * How long what is left will take, in steps that grow with it: an estimate that is read to the second is never
 * true, and moves all the time. A value of 0 is less than a minute. Undefined while nothing moves.
 */
export function timeLeftOf(upload: { bytesLeft: number; bytesPerSecond: number }): Measure | undefined {
  if (upload.bytesPerSecond <= 0) return undefined;
  const minutes = upload.bytesLeft / upload.bytesPerSecond / 60;
  if (minutes < 0.75) return { value: 0, unit: 'minute' };
  if (minutes < 10.5) return { value: Math.round(minutes), unit: 'minute' };
  if (minutes < 32.5) return { value: toStep(minutes, 5), unit: 'minute' };
  const hours = minutes / 60;
  if (minutes < 55 || (minutes >= 65 && minutes < 95)) return { value: toStep(minutes, 10), unit: 'minute' };
  if (hours < 36) return { value: Math.round(hours), unit: 'hour' };
  return { value: Math.round(hours / 24), unit: 'day' };
}

/** Free space. Rounded down: nobody is promised what is not there. */
export function spaceOf(bytes: number): Measure {
  return bytes < 1e9
    ? { value: Math.floor(bytes / 1e7) * 10, unit: 'megabyte' }
    : { value: bytes < 1e10 ? Math.floor(bytes / 1e8) / 10 : Math.floor(bytes / 1e9), unit: 'gigabyte' };
}

/** Room for some two hundred photos, each kept twice: time enough to do something about it. */
const LOW_BYTES = 2e9;

/** Is the disk so full that somebody should know, while photos can still be taken? */
export function isDiskLow({ freeBytes, reserveBytes }: { freeBytes: number; reserveBytes: number }): boolean {
  return freeBytes < reserveBytes + LOW_BYTES;
}

/** How many photos documents belong to: one and its preview are two documents, and one photo to whoever reads. */
export function photosIn(documents: { id: string }[]): number {
  return new Set(documents.map(({ id }) => (parsePhotoId(id) ?? parsePreviewId(id))?.n ?? id)).size;
}

/** Never 0 of something that is there. */
const toStep = (value: number, step: number): number =>
  Math.max(Math.round(value / step) * step, value > 0 ? 1 : 0);
const toTenth = (value: number): number => (value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value));
