import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  type EventDoc,
  eventDocId,
  type SettingsDoc,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import type { Audit } from '../audit/audit.ts';
import { choiceOf } from '../events/event-choices.ts';
import { moveBooth, type Settling, settleBooth } from '../events/settle-booth.ts';
import type { Board } from './board.ts';
import type { BoardRow } from './board-row.ts';

/** Somebody stands at the booth and waits for the event's own layouts. */
const FOLLOW_EVERY_MS = 2_000;

interface Following extends Settling {
  audit: Audit;
}

/**
 * Brings a booth to the event that was chosen on it, if nobody has said anything else of the two since: the choice was
 * made under the settings of now, and they are of the event where the booth is. Else the owner's word is the later one.
 * It may die at any line and be done again, by any node, even by two at once.
 */
export async function followChoice(o: Following, id: BoothId): Promise<void> {
  const booth = await o.couch.get<BoothDoc>('fleet', boothDocId(id));
  if (!booth?.choices) return;
  const [status, settings] = await Promise.all([
    o.couch.get<StatusDoc>(boothDatabase(id), 'status'),
    o.couch.get<SettingsDoc>(boothDatabase(id), 'settings'),
  ]);
  const chosen = choiceOf(booth, status);
  if (chosen === undefined) return;
  if (!settings || status?.settings?.rev !== settings._rev || settings.event.id !== booth.event) return;
  const event = await o.couch.get<EventDoc>('fleet', eventDocId(chosen));
  if (!event || event.erasing || event.owner !== booth.owner) return;
  // Before it is done, so that it is not missing from the trail; after a cut it may be there twice.
  await o.audit('event chosen on the booth', { actor: null, subject: id, details: { event: chosen } });
  await moveBooth(o, id, event, (found) => found.event === booth.event && choiceOf(found, status) === chosen);
  await settleBooth(o, id);
}

/** Follows what booths say until aborted; what is missed is the hourly sweep's. */
export async function keepChoicesFollowed(
  o: Following & { board: Pick<Board, 'rows'>; log: Logger; signal: AbortSignal },
): Promise<void> {
  // A row is made anew whenever its booth changes or says something: one that was looked at needs no second look.
  const seen = new WeakSet<BoardRow>();
  while (!o.signal.aborted) {
    for (const row of [...o.board.rows()].filter(({ chosen }) => chosen !== undefined)) {
      if (seen.has(row)) continue;
      await followChoice(o, row.booth).then(
        () => seen.add(row),
        (err: unknown) => o.log.warn({ err, booth: row.booth }, 'choice of an event not followed'),
      );
    }
    await sleep(FOLLOW_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
