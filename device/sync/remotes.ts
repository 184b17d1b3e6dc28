import { boothDatabase, type EventId, eventDatabase } from '@photomaton/design-docs/docs';
import PouchDB from 'pouchdb';

/** Who the booth is to the server. */
export interface SyncAccount {
  booth: string;
  binding: { key: string; syncUrl: string };
}

/** The databases on the server that one cycle speaks with. */
export interface Remotes {
  /** The booth's own. */
  own: PouchDB.Database;
  /** Another handle each time: what is done to one does not change the others. */
  event(event: EventId): PouchDB.Database;
  close(): Promise<void>;
}

export function openRemotes({
  account: { booth, binding },
  fetch,
}: {
  account: SyncAccount;
  fetch: typeof globalThis.fetch;
}): Remotes {
  /** PouchDB keeps every database for ever that is not closed, and with it all that the cycle had in hand. */
  const opened: PouchDB.Database[] = [];

  function open(database: string): PouchDB.Database {
    const name = `${binding.syncUrl}/${database}`;
    const auth = { username: `booth-${booth}`, password: binding.key };
    const db = new PouchDB(name, { fetch, auth, skip_setup: true });
    opened.push(db);
    return db;
  }

  return {
    own: open(boothDatabase(booth)),
    event: (event) => open(eventDatabase(event)),
    async close() {
      for (const db of opened) await db.close();
    },
  };
}
