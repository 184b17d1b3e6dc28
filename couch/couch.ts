/** What a CouchDB is to the rest of Photomaton; `openCouch` gives it. */
import type { CouchError } from './errors.ts';

/** Where a CouchDB is and who we are there. `url` carries no credentials and no trailing slash. */
export interface CouchAddress {
  url: string;
  username: string;
  password: string;
  /** Of a server in this very process: how attachments are read without a connection. */
  door?: Door;
}

/**
 * A GET of what `path` names (database, document, attachment), as over HTTP: the same rights, the same answer. Rejects
 * when the server has stopped.
 */
export type Door = (asked: {
  path: string[];
  headers: Record<string, string>;
  signal?: AbortSignal | undefined;
}) => Promise<{
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: import('node:stream').Readable;
}>;

/** What every stored document has. */
export interface Stored {
  _id: string;
  _rev: string;
  _attachments?: Record<
    string,
    { content_type: string; digest: string; length: number; revpos?: number; stub?: true }
  >;
}

/** How one of many documents fared. */
export type Put = { rev: string } | { error: CouchError };

export interface RangeOptions {
  startkey?: string;
  endkey?: string;
  descending?: boolean;
  /** At most 1000. */
  limit: number;
}

export interface ViewOptions {
  key?: unknown;
  startkey?: unknown;
  endkey?: unknown;
  descending?: boolean;
  limit?: number;
  includeDocs?: boolean;
}

export interface ViewRow<T> {
  id: string;
  key: unknown;
  value: unknown;
  doc?: T & Stored;
}

/** An attachment as it streams from the server; `body` must be consumed or cancelled. */
export interface AttachmentAnswer {
  /** 200, 206, 304 or 416. */
  status: number;
  headers: {
    etag?: string;
    'content-type'?: string;
    'content-length'?: string;
    'content-range'?: string;
    'accept-ranges'?: string;
  };
  body: import('node:stream').Readable;
}

/** A connection. Every call has a deadline of 15 s and throws a CouchError when it cannot do what it says. */
export interface Couch {
  readonly url: string;
  readonly username: string;
  /** Version and vendor of the server; throws when it cannot be reached or does not let us in. */
  server(): Promise<{ version: string; vendor: string }>;

  /** The document, or undefined when there is none. */
  get<T>(db: string, id: string): Promise<(T & Stored) | undefined>;
  /** Documents by id, in the order asked; undefined for those that are missing. */
  getMany<T>(db: string, ids: string[]): Promise<((T & Stored) | undefined)[]>;
  /** Writes a new document or (with `_rev`) a new revision. Throws CONFLICT when another was first. */
  put<T extends { _id: string }>(db: string, doc: T): Promise<{ rev: string }>;
  /** The same of many, each by itself, in one request; how each fared, in their order. */
  putMany<T extends { _id: string }>(db: string, docs: T[]): Promise<Put[]>;
  /**
   * Reads, changes, writes, and again when another was first (at most 8 times).
   * `change` returns what to write, or undefined to leave it; gives what stands in the database after.
   */
  update<T extends { _id: string }>(
    db: string,
    id: string,
    change: (doc: (T & Stored) | undefined) => T | undefined,
  ): Promise<(T & Stored) | undefined>;
  /**
   * Writes a document as the first revision that it names, the attachments beside it as they are read: CouchDB compares
   * them with the digests. Done again it changes nothing. May take five minutes.
   */
  add<T extends Stored>(
    db: string,
    doc: T,
    bytesOf: Record<string, import('node:stream').Readable>,
  ): Promise<void>;
  /** Deletes the revision; a document that is not there any more is no error. */
  remove(db: string, id: string, rev: string): Promise<void>;
  /** A range of `_all_docs` with documents. */
  range<T>(db: string, options: RangeOptions): Promise<(T & Stored)[]>;
  /** The ids alone of such a range. */
  ids(db: string, options: RangeOptions): Promise<string[]>;
  view<T>(
    db: string,
    ddoc: string,
    view: string,
    options?: ViewOptions,
  ): Promise<{ totalRows: number; rows: ViewRow<T>[] }>;
  /** Undefined when document or attachment is missing. Aborting `signal` ends the transfer. */
  attachment(
    db: string,
    id: string,
    name: string,
    options?: {
      range?: string | undefined;
      ifNoneMatch?: string | undefined;
      signal?: AbortSignal | undefined;
    },
  ): Promise<AttachmentAnswer | undefined>;

  /** Undefined when there is no such database. */
  info(db: string): Promise<{ docCount: number; updateSeq: string } | undefined>;
  /** The first page of changes since `since` (`'now'`, `'0'` or a sequence), with documents. */
  changes<T>(
    db: string,
    options: { since: string; limit: number },
  ): Promise<{ lastSeq: string; pending: number; docs: (T & Stored)[]; deleted: string[] }>;
}
