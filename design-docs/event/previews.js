/**
 * One row a photo whose small pictures are here: key `[booth, n]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function previews(doc) {
  if (doc.type === 'preview') emit([doc.booth, doc.n], null);
}
