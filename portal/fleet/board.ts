import { setTimeout as sleep } from 'node:timers/promises';
import type { Couch, CouchAddress } from '@photomaton/couch';
import { followChanges, followDbUpdates } from '@photomaton/couch/changes';
import {
  type AccountDoc,
  accountId,
  type BoothDoc,
  type BoothId,
  boothDatabase,
  boothDocId,
  isBoothId,
  type StatusDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { type BoardPage, type BoardQuery, createBoardIndex } from './board-index.ts';
import { type BoardRow, rowOf } from './board-row.ts';

const READ_AT_ONCE = 100;
const PAUSE_MS = 60_000;
/** Booths say something about once a second when photos travel; a list need not follow that closely. */
const GATHER_MS = 1_000;

/**
 * All booths with how they are, in this process's memory: a page of the fleet, its counts and its alarms cost no
 * request, however many booths there are. Filled once, then kept by the changes of `fleet` and a word for every
 * database that changed.
 */
export interface Board {
  /** Has everything been read? */
  readonly isWhole: boolean;
  rows(): Iterable<BoardRow>;
  row(booth: BoothId): BoardRow | undefined;
  page(query: BoardQuery): BoardPage;
  /** All that a question finds. */
  found(query: BoardQuery): BoardRow[];
  /** Reads these now: a word of the feed may be late, or lost. */
  refresh(booths: BoothId[]): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface BoardParts {
  couch: Couch;
  couchAddress: CouchAddress;
  /** With the right to read `_db_updates`. */
  admin: CouchAddress;
  now: () => Date;
  log: Logger;
}

export function createBoard({ couch, couchAddress, admin, now, log }: BoardParts): Board {
  const stopped = new AbortController();
  const { signal } = stopped;
  const index = createBoardIndex({ now });
  const changed = new Set<BoothId>();
  const work: Promise<void>[] = [];
  let isWhole = false;

  async function read(booths: BoothId[]): Promise<void> {
    const docs = await couch.getMany<BoothDoc>('fleet', booths.map(boothDocId));
    const owners = [...new Set(docs.flatMap((doc) => (doc ? [accountId(doc.owner)] : [])))];
    const accounts = new Map<string, AccountDoc>();
    for (const doc of await couch.getMany<AccountDoc>('accounts', owners))
      if (doc) accounts.set(doc.account, doc);
    await Promise.all(
      docs.map(async (doc, i) => {
        if (!doc) return index.drop(booths[i] ?? '');
        const status = await couch.get<StatusDoc>(boothDatabase(doc.booth), 'status');
        index.put(rowOf(doc, accounts.get(doc.owner), status, now()));
      }),
    );
  }

  async function readAll(): Promise<void> {
    for (let startkey = 'booth:'; !signal.aborted; ) {
      const ids = await couch.ids('fleet', { startkey, endkey: 'booth:\ufff0', limit: READ_AT_ONCE });
      await read(ids.map((id) => id.slice('booth:'.length)));
      const last = ids.at(-1);
      if (!last || ids.length < READ_AT_ONCE) break;
      startkey = `${last}\u0000`;
    }
    isWhole = true;
  }

  async function followFleet(since: string): Promise<void> {
    for await (const { id } of followChanges<BoothDoc>({ couch: couchAddress, db: 'fleet', since, signal })) {
      if (id.startsWith('booth:')) changed.add(id.slice('booth:'.length));
    }
  }

  async function followStatuses(): Promise<void> {
    for await (const { db } of followDbUpdates({ couch: admin, signal })) {
      const booth = db.startsWith('booth-') ? db.slice('booth-'.length) : undefined;
      if (isBoothId(booth)) changed.add(booth);
    }
  }

  async function readChanged(): Promise<void> {
    while (!signal.aborted) {
      index.age();
      const booths = [...changed].slice(0, READ_AT_ONCE);
      for (const booth of booths) changed.delete(booth);
      if (booths.length > 0) {
        await read(booths).catch((error: unknown) => {
          for (const booth of booths) changed.add(booth);
          throw error;
        });
      }
      if (changed.size === 0) await sleep(GATHER_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What breaks off (CouchDB is away, say) begins again. */
  async function keepUp(task: () => Promise<void>, isOnce = false): Promise<void> {
    while (!signal.aborted) {
      try {
        await task();
        if (isOnce) return;
      } catch (err) {
        log.warn({ err }, 'fleet board not up to date');
      }
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    get isWhole() {
      return isWhole;
    },
    rows: index.rows,
    row: index.row,
    page: index.page,
    found: index.found,
    async refresh(booths) {
      for (let i = 0; i < booths.length; i += READ_AT_ONCE) await read(booths.slice(i, i + READ_AT_ONCE));
    },

    async start() {
      // Known before the first read: every change after it is heard.
      const since = (await couch.info('fleet'))?.updateSeq ?? '0';
      work.push(
        keepUp(followStatuses),
        keepUp(() => followFleet(since)),
        keepUp(readAll, true),
        keepUp(readChanged),
      );
    },
    async stop() {
      stopped.abort();
      await Promise.all(work);
    },
  };
}
