import type { StatusDoc } from '@photomaton/design-docs/docs';
import type { BoothDb } from './booth-db.ts';
import type { SyncOutcome } from './outcome.ts';

/** How often the portal hears how far a long push is. */
const TELL_EVERY_MS = 30_000;

/** Tells the portal how things stand with the booth, by its status. */
export interface Teller {
  /** Writes the status, and sends it. */
  tell(outcome?: SyncOutcome): Promise<void>;
  /** Only writes it: for the booth's own screen, and for the portal when the line is back. */
  note(outcome: SyncOutcome): Promise<void>;
  /** To be called while photos travel, as often as one likes: tells every now and then, beside the work. */
  tellNowAndThen(): void;
}

export function createTeller({
  boothDb,
  own,
  makeStatus,
}: {
  boothDb: BoothDb;
  /** The booth's own database on the server. */
  own: PouchDB.Database;
  makeStatus(o: { previous: StatusDoc | undefined; outcome: SyncOutcome | undefined }): Promise<StatusDoc>;
}): Teller {
  let toldAt = performance.now();
  let telling: Promise<void> | undefined;

  async function put(outcome: SyncOutcome | undefined): Promise<void> {
    await boothDb.putStatus(await makeStatus({ previous: await boothDb.status(), outcome }));
  }

  async function tell(outcome?: SyncOutcome): Promise<void> {
    await telling; // two at once would write the same revision
    await put(outcome);
    await boothDb.push(own);
  }

  return {
    tell,
    async note(outcome) {
      await telling;
      await put(outcome);
    },
    tellNowAndThen() {
      if (telling || performance.now() - toldAt < TELL_EVERY_MS) return;
      toldAt = performance.now();
      telling = tell()
        .catch(() => undefined) // a line that is broken is met, and told of, by the photos
        .finally(() => {
          telling = undefined;
        });
    },
  };
}
