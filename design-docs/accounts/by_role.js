/**
 * Accounts for lists: key `[role, name]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byRole(doc) {
  if (doc.type === 'account') emit([doc.role, doc.name], null);
}
