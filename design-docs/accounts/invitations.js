/**
 * Open invitations: key = SHA-256 of the token, in hex.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function invitations(doc) {
  var invitation = /** @type {{ tokenHash: string } | undefined} */ (doc.invitation);
  if (doc.type === 'account' && invitation) emit(invitation.tokenHash, null);
}
