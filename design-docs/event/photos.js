/**
 * One row a photo whose original is here: key `[booth, n]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function photos(doc) {
  if (doc.type === 'photo') emit([doc.booth, doc.n], null);
}
