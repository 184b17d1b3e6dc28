/**
 * Structure of `audit`: what was done, by whom, to what.
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
  function isActor(value) {
    return value === null || text(200)(value);
  }

  /** @param {unknown} value */
  function isDetails(value) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    var details = /** @type {Record<string, unknown>} */ (value);
    return (
      Object.keys(details).length <= 20 &&
      Object.keys(details).every(function (name) {
        var detail = details[name];
        if (typeof detail === 'string') return detail.length <= 1000;
        return typeof detail === 'number' || typeof detail === 'boolean';
      })
    );
  }

  checkFields(
    'audit',
    newDoc,
    {
      type: oneOf(['audit']),
      at: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/),
      action: text(100),
      actor: isActor,
    },
    { subject: text(400), details: isDetails },
  );
  if (!/^audit:\d{8}T\d{6}\.\d{3}Z:[A-Za-z0-9_-]{1,64}$/.test(newDoc._id))
    refuse('not an id of this database');
}
