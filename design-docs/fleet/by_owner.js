/**
 * What an account owns: key `[owner, type, id]`, type being `booth` or `event`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byOwner(doc) {
  if (doc.type === 'booth' || doc.type === 'event') emit([doc.owner, doc.type, doc[doc.type]], null);
}
