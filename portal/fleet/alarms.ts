import type { EventDoc } from '@photomaton/design-docs/docs';
import { erasedAt } from '../events/retention.ts';
import type { BoothRow } from './booth-list.ts';

/** Something that needs the customer, or may soon; each leads to the page where it can be looked at. */
export type Alarm =
  | {
      kind: 'camera' | 'problem' | 'refused' | 'disk-full' | 'disk-low' | 'settings';
      booth: string;
      name: string;
    }
  /** Not heard of for a day, with photos that are nowhere else. */
  | { kind: 'silent'; booth: string; name: string; seenAt: Date; photos: number }
  | { kind: 'erased-soon' | 'erased-late'; event: string; title: string; at: Date };

const DAY_MS = 24 * 3600_000;
const SILENT_MS = DAY_MS;
const SOON_MS = 7 * DAY_MS;
/** The sweep comes every hour; then booths have to be heard of. */
const LATE_MS = 3 * 3600_000;

export function alarmsOf({ booths, events }: { booths: BoothRow[]; events: EventDoc[] }, now: Date): Alarm[] {
  return [...booths.flatMap((row) => alarmsOfBooth(row, now)), ...events.flatMap((one) => ofEvent(one, now))];
}

function alarmsOfBooth({ booth, name, presence, standing, arrival }: BoothRow, now: Date): Alarm[] {
  const alarms: Alarm[] = [];
  if (standing?.camera) alarms.push({ kind: 'camera', booth, name });
  if (standing?.problem?.needsSomebody) alarms.push({ kind: 'problem', booth, name });
  if (standing?.refused) alarms.push({ kind: 'refused', booth, name });
  if (standing && standing.disk.state !== 'ok')
    alarms.push({ kind: `disk-${standing.disk.state}`, booth, name });
  if (arrival.kind === 'refused') alarms.push({ kind: 'settings', booth, name });
  const photos = standing ? standing.onBooth + standing.uploading : 0;
  if (presence.kind === 'away' && photos > 0 && now.getTime() - presence.seenAt.getTime() > SILENT_MS) {
    alarms.push({ kind: 'silent', booth, name, seenAt: presence.seenAt, photos });
  }
  return alarms;
}

function ofEvent(event: EventDoc, now: Date): Alarm[] {
  const at = erasedAt(event);
  if (!at || at.getTime() - now.getTime() > SOON_MS) return [];
  const isLate = now.getTime() - at.getTime() > LATE_MS;
  return [{ kind: isLate ? 'erased-late' : 'erased-soon', event: event.event, title: event.title, at }];
}
