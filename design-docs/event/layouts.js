/**
 * One row a photo that was made with a template: key `[template, time, booth, n]`.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function layouts(doc) {
  var made = /** @type {{ template: string } | undefined} */ (doc.made);
  if (doc.type === 'photo' && made) emit([made.template, doc._id.split(':')[1], doc.booth, doc.n], null);
}
