/**
 * The types of what runs inside CouchDB: maps and validators. They are `.js`, because their source text is
 * what is shipped, and each stands alone in its function: CouchDB has no imports. Validators of structure get one
 * toolkit, `fields.js`, whose text is shipped with theirs.
 */

import type fields from './fields.js';

/** A document on its way in: nothing is known of its fields yet. */
export interface Candidate {
  _id: string;
  _deleted?: boolean;
  /** Absent when CouchDB mints the revision itself; brought along by replication (`new_edits=false`). */
  _revisions?: { start: number; ids: string[] };
  _attachments?: Record<string, CandidateAttachment>;
  [field: string]: unknown;
}

interface CandidateAttachment {
  content_type?: string;
  /** Absent for inline base64; given by the sender and checked by CouchDB for `multipart/related`. */
  digest?: string;
  length?: number;
}

export interface UserContext {
  db: string;
  name: string | null;
  roles: string[];
}

/** Says whether a field's value is well-formed. */
export type Check = (value: unknown) => boolean;
/** The fields of an object: name and check. */
export type Fields = Record<string, Check>;

/** Throws `{ forbidden: reason }` to refuse a document. `oldDoc` is null for a new one. */
export type Validator = (newDoc: Candidate, oldDoc: Candidate | null, userCtx: UserContext) => void;

/** What `fields.js` offers a structure validator. */
type Toolkit = ReturnType<typeof fields>;
/** A validator of structure, before it is shipped with its toolkit (assemble.ts). */
export type Structure = (newDoc: Candidate, fields: Toolkit) => void;

declare global {
  /** CouchDB's own: adds a row to the view. */
  function emit(key: unknown, value: unknown): void;
}
