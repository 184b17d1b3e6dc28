/**
 * Structure of `accounts`: accounts and the claims of their e-mail addresses. Passwords and the tokens of links
 * are here only as hashes, secrets of second factors encrypted.
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

  /** @param {unknown} value */
  function isNewEmail(value) {
    fields.checkObject('newEmail', value, {
      email: fields.text(320),
      tokenHash: fields.matches(/^[0-9a-f]{64}$/),
      expiresAt: fields.isTime,
    });
    return true;
  }

  /** A secret in clear has 32 letters. @param {unknown} value */
  function isSecondFactor(value) {
    fields.checkObject('secondFactor', value, {
      secret: fields.matches(/^[A-Za-z0-9_-]{80,400}$/),
      lastStep: fields.whole(0, 1e12),
      recovery: function (list) {
        return Array.isArray(list) && list.length <= 20 && list.every(fields.matches(/^[0-9a-f]{64}$/));
      },
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
      {
        passwordHash: fields.matches(/^\$argon2id\$[\x20-\x7e]{20,500}$/),
        invitation: isInvitation,
        secondFactor: isSecondFactor,
        newEmail: isNewEmail,
        closing: fields.isTime,
      },
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
