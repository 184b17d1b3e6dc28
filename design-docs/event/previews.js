/**
 * One row a photo whose small pictures are here, or that was removed: key `[booth, n]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function previews(doc) {
  var key = doc._id.split(':');
  if (doc.type === 'preview' || doc.type === 'removal') emit([key[2], Number(key[3])], null);
}
