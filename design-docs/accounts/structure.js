/**
 * Structure of `accounts`: accounts and the claims of their e-mail addresses. Passwords and invitation
 * tokens are here only as hashes.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  fields.checkNoAttachments(newDoc);

  /** @param {unknown} value */
  function isInvitation(value) {
    fields.checkObject('invitation', value, {
      tokenHash: fields.matches(/^[0-9a-f]{64}$/),
      expiresAt: fields.isTime,
    });
    return true;
  }

  if (newDoc.type === 'account') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['account']),
        account: fields.isAccount,
        role: fields.oneOf(['operator', 'customer']),
        name: fields.text(200),
        email: fields.text(320),
        language: fields.oneOf(['fr', 'en']),
        disabled: fields.isBoolean,
        sessionsValidFrom: fields.isTime,
        createdAt: fields.isTime,
      },
      { passwordHash: fields.matches(/^\$argon2id\$[\x20-\x7e]{20,500}$/), invitation: isInvitation },
    );
    if (newDoc._id !== 'account:' + newDoc.account) fields.refuse('the id is not that of the account');
  } else if (newDoc.type === 'email') {
    fields.checkDocument(newDoc, { type: fields.oneOf(['email']), account: fields.isAccount });
    if (!/^email:\S[^\n]{0,319}$/.test(newDoc._id) || newDoc._id !== newDoc._id.toLowerCase()) {
      fields.refuse('the id is not a normalized address');
    }
  } else {
    fields.refuse('not a type of this database');
  }
}
