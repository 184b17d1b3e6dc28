/**
 * Sessions by the moment from which they can be swept: key = expiresAt.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byExpiry(doc) {
  if (doc.type === 'session') emit(doc.expiresAt, null);
}
