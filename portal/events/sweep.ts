import { setTimeout as sleep } from 'node:timers/promises';
import { CouchError } from '@photomaton/couch';
import type { BoothDoc, EventDoc } from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { settleAssignment } from '../fleet/assign-booth.ts';
import { followChoice } from '../fleet/chosen-event.ts';
import { bringJoining } from './create-event.ts';
import { type Erasing, eraseIfDue } from './erase-event.ts';
import { settleBooth } from './settle-booth.ts';

const SWEEP_EVERY_MS = 3600_000;
const PAGE = 200;

/** Completes what was cut short, lets go of booths that have left, erases what is due. All of it may be done twice. */
export async function sweepFleet(o: Erasing & { log: Logger; signal?: AbortSignal }): Promise<void> {
  for await (const event of docsOf<EventDoc>(o, 'event:')) {
    if (o.signal?.aborted) return;
    await alone(o, event, async () => {
      if (!event.erasing) await bringJoining(o, event);
      await eraseIfDue(o, event);
    });
  }
  for await (const booth of docsOf<BoothDoc>(o, 'booth:')) {
    if (o.signal?.aborted) return;
    await alone(o, booth, async () => {
      await settleAssignment(o, booth);
      await followChoice(o, booth.booth);
      await settleBooth(o, booth.booth);
    });
  }
}

/** What is wrong with one of them holds up no other. A database that is away holds up all. */
async function alone({ log }: { log: Logger }, { _id }: { _id: string }, work: () => Promise<void>) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CouchError) || ['UNREACHABLE', 'TIMEOUT'].includes(error.code)) throw error;
    log.error({ err: error, id: _id }, 'not settled');
  }
}

async function* docsOf<T extends { _id: string }>({ couch }: Pick<Erasing, 'couch'>, prefix: string) {
  for (let startkey = prefix; ; ) {
    const docs = await couch.range<T>('fleet', { startkey, endkey: `${prefix}\ufff0`, limit: PAGE });
    yield* docs;
    const last = docs.at(-1);
    if (!last || docs.length < PAGE) return;
    startkey = `${last._id}\u0000`;
  }
}

/** Sweeps at once and every hour until aborted. A database that is away is tried again at the next turn. */
export async function keepFleetSwept(o: Erasing & { log: Logger; signal: AbortSignal }): Promise<void> {
  while (!o.signal.aborted) {
    await sweepFleet(o).catch((error: unknown) => {
      if (!(error instanceof CouchError)) throw error;
      o.log.warn({ code: error.code }, 'events and booths not swept');
    });
    await sleep(SWEEP_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
