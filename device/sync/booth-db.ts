import { existsSync } from 'node:fs';
import { openLevelDb } from '@photomaton/couch/leveldb';
import { checkLevelDb } from '@photomaton/couch/leveldb-check';
import {
  BACKDROP_ATTACHMENT,
  deletionId,
  type KeyDoc,
  LOGO_ATTACHMENT,
  type ReceiptDoc,
  receiptId,
  type SettingsDoc,
  STATUS_AGAIN_MS,
  type StatusDoc,
  type TemplateDoc,
  templateId,
  type UnwantedDoc,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import PouchDB from 'pouchdb';
import { setFolderAside } from '../store/set-aside.ts';

/** The booth's own database, here and on the server: settings and templates come down, its status goes up. */
export interface BoothDb {
  /** Undefined until they came down for the first time; offline, what came last. */
  settings(): Promise<(SettingsDoc & { _rev: string }) | undefined>;
  /** The event's logo as it came down with them: WebP. */
  logo(): Promise<EventPicture | undefined>;
  /** In the same way, what is seen in place of a green screen: JPEG. */
  backdrop(): Promise<EventPicture | undefined>;
  /** Those that came down, broken ones too. */
  templates(): Promise<(TemplateDoc & { _rev: string; _attachments?: Lengths })[]>;
  /** A picture of the template of that name. */
  picture(template: string, image: string): Promise<Buffer>;
  /** The device key that is to come, sealed. */
  newKey(): Promise<KeyDoc | undefined>;
  /** Keys of photos that were deleted and of which no receipt was written yet. */
  deletions(): Promise<string[]>;
  /** Numbers of photos that their guests deleted before they were sent. */
  unwanted(): Promise<number[]>;
  /** Writes receipts for these. */
  putReceipts(keys: string[], at: Date): Promise<void>;
  /** The last status. */
  status(): Promise<StatusDoc | undefined>;
  /** Writes the status if it says something new: see {@link isNews}. */
  putStatus(status: StatusDoc): Promise<void>;
  /** One cheap request when nothing is new there. */
  pull(remote: PouchDB.Database): Promise<void>;
  /** No request when nothing is new here. */
  push(remote: PouchDB.Database): Promise<void>;
  close(): Promise<void>;
}

export interface EventPicture {
  digest: string;
  bytes: Buffer;
}

type Lengths = Record<string, { length: number }>;

/** `retry: false`: the cycle has its own way of trying again. Small batches: templates carry pictures. */
const OPTIONS = { batch_size: 5, batches_limit: 1, retry: false } as const;

/** Not replicated: whose settings these are. */
const BINDING = '_local/binding';

/**
 * Opens (makes) it in the folder. What is in it is on the server too: a database that is damaged is set aside, and
 * one of another binding (whoever had the booth before, and their event) is emptied. Rejects when another process
 * has it open.
 *
 * @param o.binding anything that is another with each pairing
 */
export async function openBoothDb(o: {
  folder: string;
  binding: string;
  asideDir: string;
  now(): Date;
  log: Logger;
}): Promise<BoothDb> {
  const db = await openFor(o);

  // Not kept: after a start, replication finds its own checkpoints.
  let pulledTo: string | number | undefined;
  let pushedTo: string | number | undefined;

  async function read<T extends object>(id: string): Promise<(T & { _rev: string }) | undefined> {
    try {
      return await db.get<T>(id);
    } catch (error) {
      if ((error as { status?: number }).status === 404) return undefined;
      throw error;
    }
  }

  async function eventPicture(name: string): Promise<EventPicture | undefined> {
    const doc = await read<{ _attachments?: Record<string, { digest: string }> }>('settings');
    const digest = doc?._attachments?.[name]?.digest;
    return digest ? { digest, bytes: (await db.getAttachment('settings', name)) as Buffer } : undefined;
  }

  /** Kept, as each look at the screen's state asks for it, and LevelDB is busy while photos are sent. */
  let logo: Promise<EventPicture | undefined> | undefined;

  return {
    settings: () => read<SettingsDoc>('settings'),
    logo() {
      logo ??= eventPicture(LOGO_ATTACHMENT).catch((error: unknown) => {
        logo = undefined;
        throw error;
      });
      return logo;
    },
    backdrop: () => eventPicture(BACKDROP_ATTACHMENT),
    async templates() {
      const { rows } = await db.allDocs<TemplateDoc>({
        ...{ startkey: templateId(''), endkey: templateId('\ufff0'), include_docs: true },
      });
      // Of their attachments, as they are asked for here, PouchDB gives digest and length.
      return rows.flatMap(({ doc }) => (doc ? [doc as typeof doc & { _attachments?: Lengths }] : []));
    },
    picture: async (template, image) => (await db.getAttachment(templateId(template), image)) as Buffer,
    newKey: () => read<KeyDoc>('key'),
    async deletions() {
      const keysOf = async (idOf: (key: string) => string) => {
        const { rows } = await db.allDocs({ startkey: idOf(''), endkey: idOf('\ufff0') });
        return rows.map(({ id }) => id.slice(idOf('').length));
      };
      const done = new Set(await keysOf(receiptId));
      return (await keysOf(deletionId)).filter((key) => !done.has(key));
    },
    unwanted: async () => (await read<UnwantedDoc>('unwanted'))?.photos ?? [],
    async putReceipts(keys, at) {
      const receipts = keys.map((key): ReceiptDoc => {
        return { _id: receiptId(key), type: 'receipt', at: at.toISOString() };
      });
      // One that is there already is a conflict, and stays.
      await db.bulkDocs(receipts);
    },
    status: () => read<StatusDoc>('status'),
    async putStatus(status) {
      const previous = await read<StatusDoc>('status');
      if (previous && !isNews(previous, status)) return;
      await db.put(previous ? { ...status, _rev: previous._rev } : status);
    },
    async pull(remote) {
      if (pulledTo !== undefined && !(await hasNews(remote, pulledTo))) return;
      try {
        const { last_seq } = await PouchDB.replicate(asSource(remote), db, OPTIONS);
        pulledTo = last_seq;
      } finally {
        logo = undefined; // also when the line broke: some of it may have come
      }
    },
    async push(remote) {
      const { update_seq } = await db.info();
      if (update_seq === pushedTo) return;
      await PouchDB.replicate(db, remote, OPTIONS);
      pushedTo = update_seq;
    },
    close: () => db.close(),
  };
}

/**
 * PouchDB asks a source for its `info` beside the work, to count progress that nobody reads here, and leaves that
 * promise alone (`finishBatch` of its replicate.js): when the line breaks just then, the rejection would end the
 * process. The work meets the broken line too, and says so.
 */
function asSource(remote: PouchDB.Database): PouchDB.Database {
  const info = remote.info.bind(remote);
  remote.info = () => info().catch(() => ({ db_name: remote.name, doc_count: 0, update_seq: 0 }));
  return remote;
}

async function openFor(o: Parameters<typeof openBoothDb>[0]): Promise<PouchDB.Database> {
  const { folder, binding, log } = o;
  const check = existsSync(folder) ? await checkLevelDb(folder) : { kind: 'whole' as const };
  if (check.kind === 'damaged') {
    const aside = await setFolderAside(folder, o);
    log.error({ aside, reason: check.reason }, "set the booth's own database aside: it is damaged");
  }
  const open = () => openLevelDb(folder, { autoCompaction: true, revsLimit: 50 });
  const db = await open();
  const stored = await db.get<{ binding: string }>(BINDING).catch(() => undefined);
  if (stored?.binding === binding) return db;
  await db.destroy();
  const empty = await open();
  await empty.put({ _id: BINDING, binding });
  return empty;
}

/** Replication begins with four requests; this is one. What cannot be told is for replication to find out. */
async function hasNews(remote: PouchDB.Database, since: string | number): Promise<boolean> {
  const { fetch } = remote as unknown as { fetch(path: string): Promise<Response> };
  const answer = await fetch(`_changes?${new URLSearchParams({ since: String(since), limit: '1' })}`);
  if (!answer.ok) return true;
  const { results } = (await answer.json()) as { results: unknown[] };
  return results.length > 0;
}

/** Free space always moves a little. */
const FREE_SPACE_STEP = 100 * 2 ** 20;

/** Does it differ in more than the time and a little free space? A revision an idle cycle would be a waste. */
export function isNews(previous: StatusDoc, next: StatusDoc): boolean {
  const essence = (status: StatusDoc) => {
    const { version, photos, waiting, refused, upload, lastSync, allSentAt, disk } = status;
    const free = Math.round(disk.freeBytes / FREE_SPACE_STEP);
    return JSON.stringify([
      version,
      status.event,
      photos,
      waiting,
      refused,
      status.extrasWaiting,
      status.brokenTemplates,
      status.templates,
      status.settings,
      status.owes,
      status.choseEvent,
      status.camera?.problem,
      status.publicKey,
      status.newKey,
      upload,
      allSentAt === undefined,
      lastSync?.outcome,
      lastSync?.problem,
      free,
      disk.reserveBytes,
    ]);
  };
  return (
    essence(previous) !== essence(next) || Date.parse(next.at) - Date.parse(previous.at) >= STATUS_AGAIN_MS
  );
}
