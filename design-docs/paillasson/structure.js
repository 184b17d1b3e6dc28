/**
 * Structure of `paillasson`, the doormat: pairing requests, and which one a booth waits with. Neither code
 * nor key is here in clear: the id is an HMAC, what is sealed only the booth can open, and the share
 * secret is encrypted (in clear it has 43 letters).
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
  function isClaimant(value) {
    checkFields('claimedBy', value, { account: matches(/^[A-Za-z0-9_-]{1,64}$/), name: text(200) }, {});
    return true;
  }

  var isBooth = matches(/^[0-9a-f]{24}$/);
  var isTime = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
  if (newDoc.type === 'pairing') {
    checkFields(
      'pairing',
      newDoc,
      {
        type: oneOf(['pairing']),
        booth: isBooth,
        publicKey: matches(/^[A-Za-z0-9_-]{43}$/),
        nonce: matches(/^[A-Za-z0-9_-]{8,64}$/),
        createdAt: isTime,
        expiresAt: isTime,
        state: oneOf(['waiting', 'claimed', 'confirmed', 'paired', 'declined']),
      },
      {
        claimedBy: isClaimant,
        shareSecret: matches(/^[A-Za-z0-9_-]{80,400}$/),
        sealed: matches(/^[A-Za-z0-9_-]{80,4000}$/),
      },
    );
    if (!/^code:[0-9a-f]{32,128}$/.test(newDoc._id)) refuse('the id is not an HMAC of a code');
  } else if (newDoc.type === 'waiting') {
    checkFields(
      'waiting',
      newDoc,
      {
        type: oneOf(['waiting']),
        booth: isBooth,
        pairing: matches(/^code:[0-9a-f]{32,128}$/),
        expiresAt: isTime,
      },
      {},
    );
    if (newDoc._id !== 'waiting:' + newDoc.booth) refuse('the id is not that of the booth');
  } else {
    refuse('not a type of this database');
  }
}
