import assert from 'node:assert/strict';
import type { Candidate, Structure, UserContext, Validator } from '../couch-js.ts';
import fields from '../fields.js';

export const BOOTH = 'ab'.repeat(12);
export const OTHER_BOOTH = 'cd'.repeat(12);
export const EVENT = 'ef'.repeat(12);

export const admin: UserContext = { db: 'test', name: 'admin', roles: ['_admin'] };
export const portal: UserContext = { db: 'test', name: 'portal', roles: ['portal'] };
export const booth: UserContext = { db: 'test', name: `booth-${BOOTH}`, roles: ['booth'] };
export const nobody: UserContext = { db: 'test', name: null, roles: [] };

/** A structure validator with its toolkit, as it is shipped. */
export const withFields =
  (structure: Structure): Validator =>
  (newDoc) =>
    structure(newDoc, fields());

interface Case {
  old?: Candidate | null;
  as?: UserContext;
}

/** The validator lets the document through. */
export function allowed(validator: Validator, doc: Candidate, { old = null, as = portal }: Case = {}): void {
  validator(doc, old, as);
}

/** The validator refuses the document, in CouchDB's way, for this reason. */
export function forbidden(
  validator: Validator,
  reason: RegExp,
  doc: Candidate,
  { old = null, as = portal }: Case = {},
): void {
  assert.throws(
    () => validator(doc, old, as),
    (thrown: { forbidden?: string }) => {
      assert.match(String(thrown.forbidden), reason);
      return true;
    },
    `let through: ${JSON.stringify(doc)}`,
  );
}

/** Leaves each field out in turn, adds an unknown one: all are refused. */
export function demandsExactly(validator: Validator, doc: Candidate, optional: string[] = []): void {
  allowed(validator, doc);
  for (const field of Object.keys(doc).filter((name) => !name.startsWith('_'))) {
    const { [field]: _left, ...rest } = doc;
    if (optional.includes(field)) allowed(validator, rest as Candidate);
    else forbidden(validator, /missing|of the id|not a type/, rest as Candidate);
    forbidden(validator, /malformed|missing|unknown|of the id|not a type/, { ...doc, [field]: { $: {} } });
  }
  for (const field of ['extra', 'constructor', 'toString']) {
    forbidden(validator, /unknown/, { ...doc, [field]: 1 });
  }
}
