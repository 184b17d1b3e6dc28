/**
 * The sessions of an account: key = account. Ended ones stay listed until they are swept.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byAccount(doc) {
  if (doc.type === 'session' && doc.account !== null) emit(doc.account, null);
}
