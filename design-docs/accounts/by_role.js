/**
 * Accounts for lists: key `[role, name, account]`, so that a page begins at one account among namesakes.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byRole(doc) {
  if (doc.type === 'account') emit([doc.role, doc.name, doc.account], null);
}
