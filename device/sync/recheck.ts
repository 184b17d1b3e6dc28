import type { EventId } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { docsIn } from '../store/cloud.ts';
import type { QueuedDoc } from '../store/queue-doc.ts';
import type { Store } from '../store/store.ts';
import { verify } from './verify.ts';

/** Looked at again after so long, although nothing hints at a loss. */
const EVERY_MS = 24 * 60 * 60_000;

/**
 * A server may lose what it had: it is restored from yesterday's backup, or its disk dies. While photos are still on
 * the booth after they were verified, they are asked for again: at the first cycle after a start, once a day, and
 * whenever the event's database has come to fewer changes than it had. What is not there any more is sent again.
 */
export interface Recheck {
  /** One cheap request when there is nothing to suspect. Rejects when the database is not open to this booth. */
  look(event: EventId, remote: PouchDB.Database): Promise<void>;
}

export function createRecheck({
  store,
  log,
  now = () => performance.now(),
}: {
  store: Pick<Store, 'kept' | 'takeBack'>;
  log: Logger;
  now?: () => number;
}): Recheck {
  const seen = new Map<EventId, { changes: number; at: number }>();
  return {
    async look(event, remote) {
      const { update_seq } = await remote.info();
      const changes = Number.parseInt(String(update_seq), 10) || 0; // what follows the number is the cluster's own
      const before = seen.get(event);
      const isDue = !before || changes < before.changes || now() - before.at > EVERY_MS;
      if (isDue) {
        const kept = keptFor(store, event);
        const there = new Set(kept.length === 0 ? [] : await verify(remote, kept));
        const lost = kept.map(({ id }) => id).filter((id) => !there.has(id));
        if (lost.length > 0) {
          log.warn({ documents: lost.length }, 'the server has lost photos; they are sent again');
          await store.takeBack(lost);
        }
      }
      seen.set(event, { changes, at: isDue ? now() : (before?.at ?? now()) });
    },
  };
}

/** Only photos that say where they went: another may have gone to an event of the owner before. */
function keptFor(store: Pick<Store, 'kept'>, event: EventId): QueuedDoc[] {
  return store
    .kept()
    .flatMap(docsIn)
    .filter((doc) => doc.event === event);
}
