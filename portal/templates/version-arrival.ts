import type { StatusDoc } from '@photomaton/design-docs/docs';

/** Has a booth the version that it is to have? */
export type VersionArrival =
  | { kind: 'none' }
  | { kind: 'on-its-way' }
  | { kind: 'arrived' }
  /** It cannot use it, and goes on with the one before. */
  | { kind: 'refused'; reason: string };

/** As the booth itself last said. */
export function versionArrival(
  status: Pick<StatusDoc, 'templates' | 'brokenTemplates'> | undefined,
  wanted: { name: string; version: number },
): VersionArrival {
  const isIt = (one: { name: string; version?: number }) =>
    one.name === wanted.name && one.version === wanted.version;
  const broken = status?.brokenTemplates?.find(isIt);
  if (broken) return { kind: 'refused', reason: broken.reason };
  return status?.templates?.some(isIt) ? { kind: 'arrived' } : { kind: 'on-its-way' };
}
