/**
 * Structure of `accounts`: accounts and the claims of their e-mail addresses. Passwords and invitation
 * tokens are here only as hashes.
 * @param {import('../couch-js.ts').Candidate} newDoc
 */
export default function structure(newDoc) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  /**
   * @param {string} reason
   * @returns {never}
   */
  function refuse(reason) {
    throw { forbidden: reason };
  }

  /** @param {RegExp} pattern @returns {import('../couch-js.ts').Check} */
  function matches(pattern) {
    return function (value) {
      return typeof value === 'string' && pattern.test(value);
    };
  }

  /** @param {number} longest @returns {import('../couch-js.ts').Check} */
  function text(longest) {
    return function (value) {
      return typeof value === 'string' && value.length > 0 && value.length <= longest;
    };
  }

  /** @param {unknown[]} values @returns {import('../couch-js.ts').Check} */
  function oneOf(values) {
    return function (value) {
      return values.indexOf(value) !== -1;
    };
  }

  /** @param {unknown} value */
  function isBoolean(value) {
    return typeof value === 'boolean';
  }

  /**
   * Every required field, no unknown one, each well-formed. Underscored fields are CouchDB's own.
   * @param {string} where
   * @param {unknown} value
   * @param {import('../couch-js.ts').Fields} required
   * @param {import('../couch-js.ts').Fields} optional
   */
  function checkFields(where, value, required, optional) {
    if (typeof value !== 'object' || value === null) refuse(where + ' is not an object');
    var fields = /** @type {Record<string, unknown>} */ (value);
    Object.keys(required).forEach(function (name) {
      if (Object.keys(fields).indexOf(name) === -1) refuse(where + '.' + name + ' is missing');
    });
    Object.keys(fields).forEach(function (name) {
      if (value === newDoc && name.charAt(0) === '_') return;
      var isRequired = Object.keys(required).indexOf(name) !== -1;
      if (!isRequired && Object.keys(optional).indexOf(name) === -1)
        refuse(where + '.' + name + ' is unknown');
      var check = (isRequired ? required : optional)[name];
      if (!check || !check(fields[name])) refuse(where + '.' + name + ' is malformed');
    });
  }

  if (newDoc._attachments && Object.keys(newDoc._attachments).length > 0) refuse('no attachments here');

  /** @param {unknown} value */
  function isInvitation(value) {
    checkFields('invitation', value, { tokenHash: matches(/^[0-9a-f]{64}$/), expiresAt: isTime }, {});
    return true;
  }

  var isAccount = matches(/^[A-Za-z0-9_-]{1,64}$/);
  var isTime = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
  if (newDoc.type === 'account') {
    checkFields(
      'account',
      newDoc,
      {
        type: oneOf(['account']),
        account: isAccount,
        role: oneOf(['operator', 'customer']),
        name: text(200),
        email: text(320),
        language: oneOf(['fr', 'en']),
        disabled: isBoolean,
        sessionsValidFrom: isTime,
        createdAt: isTime,
      },
      { passwordHash: matches(/^\$argon2id\$[\x20-\x7e]{20,500}$/), invitation: isInvitation },
    );
    if (newDoc._id !== 'account:' + newDoc.account) refuse('the id is not that of the account');
  } else if (newDoc.type === 'email') {
    checkFields('email', newDoc, { type: oneOf(['email']), account: isAccount }, {});
    if (!/^email:\S[^\n]{0,319}$/.test(newDoc._id) || newDoc._id !== newDoc._id.toLowerCase()) {
      refuse('the id is not a normalized address');
    }
  } else {
    refuse('not a type of this database');
  }
}
