/**
 * One row a photo whose small pictures are here, or that was removed: key `[booth, n]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function previews(doc) {
  if (doc.type === 'preview') emit([doc.booth, doc.n], null);
  if (doc.type === 'removal') {
    var key = doc._id.split(':');
    emit([key[2], Number(key[3])], null);
  }
}
