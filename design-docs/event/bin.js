/**
 * One row a deleted photo that can still be brought back: key = until when.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function bin(doc) {
  var deleted = /** @type {{ until: string } | undefined} */ (doc.deleted);
  if (doc.type === 'mark' && deleted) emit(deleted.until, null);
}
