/**
 * Structure of `paillasson`, the doormat: pairing requests, and which one a booth waits with. Neither code
 * nor key is here in clear: the id is an HMAC, what is sealed only the booth can open, and the share
 * secret is encrypted (in clear it has 43 letters).
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  fields.checkNoAttachments(newDoc);

  /** @param {unknown} value */
  function isClaimant(value) {
    fields.checkObject('claimedBy', value, { account: fields.isAccount, name: fields.text(200) });
    return true;
  }

  if (newDoc.type === 'pairing') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['pairing']),
        booth: fields.isId,
        publicKey: fields.matches(/^[A-Za-z0-9_-]{43}$/),
        nonce: fields.matches(/^[A-Za-z0-9_-]{8,64}$/),
        createdAt: fields.isTime,
        expiresAt: fields.isTime,
        state: fields.oneOf(['waiting', 'claimed', 'confirmed', 'paired', 'declined']),
      },
      {
        claimedBy: isClaimant,
        shareSecret: fields.matches(/^[A-Za-z0-9_-]{80,400}$/),
        sealed: fields.matches(/^[A-Za-z0-9_-]{80,4000}$/),
      },
    );
    if (!/^code:[0-9a-f]{32,128}$/.test(newDoc._id)) fields.refuse('the id is not an HMAC of a code');
  } else if (newDoc.type === 'waiting') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['waiting']),
      booth: fields.isId,
      pairing: fields.matches(/^code:[0-9a-f]{32,128}$/),
      expiresAt: fields.isTime,
    });
    if (newDoc._id !== 'waiting:' + newDoc.booth) fields.refuse('the id is not that of the booth');
  } else {
    fields.refuse('not a type of this database');
  }
}
