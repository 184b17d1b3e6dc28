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
  serialOf,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { boothStandingOf } from './booth-standing.ts';
import { ONLINE_MS, presenceOf } from './presence.ts';

const PAGE = 50;
const READ_AT_ONCE = 100;
const PAUSE_MS = 60_000;
/** Booths say something about once a second when photos travel; a list need not follow that closely. */
const GATHER_MS = 1_000;

type Trouble = 'problem' | 'refused' | 'disk-full' | 'disk-low' | 'settings';
export const BOOTH_STATES = ['online', 'away', 'trouble', 'new'] as const;
export type BoothState = (typeof BOOTH_STATES)[number];

/** What the board knows of a booth. */
export interface BoardRow {
  booth: BoothId;
  name: string;
  owner: string;
  ownerName: string;
  version: string;
  /** Milliseconds since 1970; 0: not heard of since it was paired. */
  seenMs: number;
  troubles: Trouble[];
  waiting: number;
  freeBytes: number | undefined;
  /** What a search looks in. */
  text: string;
}

export interface BoardQuery {
  q?: string;
  state?: BoothState | undefined;
  version?: string | undefined;
  /** The booth that begins the page. */
  from?: string | undefined;
}

/**
 * All booths with how they are, in this process's memory: a page of the fleet, its counts and its alarms cost no
 * request, however many booths there are. Filled once, then kept by the changes of `fleet` and a word for every
 * database that changed.
 */
export interface Board {
  /** Has everything been read? */
  readonly isWhole: boolean;
  rows(): Iterable<BoardRow>;
  page(query: BoardQuery): {
    rows: BoardRow[];
    next: BoothId | undefined;
    counts: Record<BoothState, number>;
    versions: string[];
  };
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
  const known = new Map<BoothId, BoardRow>();
  /** Of all that are known, by id; made again when one comes or goes. */
  let inOrder: BoardRow[] | undefined;
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
        if (!doc) return forget(booths[i] ?? '');
        const status = await couch.get<StatusDoc>(boothDatabase(doc.booth), 'status');
        keep(rowOf(doc, accounts.get(doc.owner), status, now()));
      }),
    );
  }

  function keep(row: BoardRow): void {
    const found = known.get(row.booth);
    if (found) return void Object.assign(found, row);
    known.set(row.booth, row);
    inOrder = undefined;
  }

  function forget(booth: BoothId): void {
    if (known.delete(booth)) inOrder = undefined;
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
    rows: () => known.values(),

    page({ q = '', state, version, from }) {
      const words = q.toLowerCase().split(/\s+/).filter(Boolean);
      const counts = { online: 0, away: 0, trouble: 0, new: 0 };
      const versions = new Set<string>();
      const rows: BoardRow[] = [];
      let next: BoothId | undefined;
      const at = now().getTime();
      inOrder ??= [...known.values()].sort((a, b) => (a.booth < b.booth ? -1 : 1));
      for (const row of inOrder) {
        if (row.version !== '') versions.add(row.version);
        if (version !== undefined && row.version !== version) continue;
        if (!hasAll(row.text, words)) continue;
        const is = stateOf(row, at);
        counts[is] += 1;
        if (next !== undefined || (state !== undefined && is !== state)) continue;
        if (from !== undefined && row.booth < from) continue;
        if (rows.length === PAGE) next = row.booth;
        else rows.push(row);
      }
      return { rows, next, counts, versions: [...versions].sort() };
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

function hasAll(text: string, words: string[]): boolean {
  for (const word of words) if (!text.includes(word)) return false;
  return true;
}

export function stateOf({ seenMs, troubles }: BoardRow, nowMs: number): BoothState {
  if (seenMs === 0) return 'new';
  if (troubles.length > 0) return 'trouble';
  return nowMs - seenMs < ONLINE_MS ? 'online' : 'away';
}

function rowOf(
  doc: BoothDoc,
  owner: AccountDoc | undefined,
  status: StatusDoc | undefined,
  at: Date,
): BoardRow {
  const { booth, name } = doc;
  const presence = presenceOf(doc, status, at);
  const standing = boothStandingOf(status, presence, at);
  const seen = [status?.at ?? '', status?.lastSync?.at ?? ''].sort().at(-1) ?? '';
  const troubles: Trouble[] = [];
  if (standing?.problem?.needsSomebody) troubles.push('problem');
  if (standing?.refused) troubles.push('refused');
  if (standing && standing.disk.state !== 'ok') troubles.push(`disk-${standing.disk.state}`);
  if (standing && status?.settings?.refused?.length) troubles.push('settings');
  return {
    ...{ booth, name, owner: doc.owner, ownerName: owner?.name ?? '', troubles },
    version: standing ? (status?.version ?? '') : '',
    seenMs: presence.kind === 'new' ? 0 : Date.parse(seen),
    waiting: standing ? standing.onBooth + standing.uploading : 0,
    freeBytes: standing ? status?.disk.freeBytes : undefined,
    text: [serialOf(booth), booth, name, owner?.name, owner?.email].join(' ').toLowerCase(),
  };
}
