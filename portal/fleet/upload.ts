import type { StatusDoc } from '@photomaton/design-docs/docs';

/** A booth whose photos travel says so every few seconds. After this silence its figures are of another time. */
const FRESH_MS = 2 * 60_000;

/** How its upload goes, while it goes. */
export function uploadOf(status: StatusDoc | undefined, now: Date): StatusDoc['upload'] {
  return status && now.getTime() - Date.parse(status.at) < FRESH_MS ? status.upload : undefined;
}
