/**
 * Structure of `sessions`: the id is a hash, so that who reads it cannot take the session over.
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

  /** @param {import('../couch-js.ts').Check} check @returns {import('../couch-js.ts').Check} */
  function orNull(check) {
    return function (value) {
      return value === null || check(value);
    };
  }

  var isTime = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
  checkFields(
    'session',
    newDoc,
    {
      type: oneOf(['session']),
      account: orNull(matches(/^[A-Za-z0-9_-]{1,64}$/)),
      data: orNull(text(65536)),
      createdAt: isTime,
      expiresAt: isTime,
    },
    {},
  );
  if (!/^session:[0-9a-f]{64}$/.test(newDoc._id)) refuse('the id is not a SHA-256 of a session id');
}
