/**
 * Structure of `fleet`: booths and events. A share secret is here only encrypted: in clear it has 43
 * letters, encrypted at least 80.
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

  /** @param {number} most @returns {import('../couch-js.ts').Check} */
  function ids(most) {
    return function (value) {
      return Array.isArray(value) && value.length <= most && value.every(isHex24);
    };
  }

  /** @param {unknown} list */
  function lastOf(list) {
    return Array.isArray(list) ? list[list.length - 1] : undefined;
  }

  var isHex24 = matches(/^[0-9a-f]{24}$/);
  var isOwner = matches(/^[A-Za-z0-9_-]{1,64}$/);
  var isTime = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
  if (newDoc.type === 'booth') {
    checkFields(
      'booth',
      newDoc,
      {
        type: oneOf(['booth']),
        booth: isHex24,
        owner: isOwner,
        name: text(200),
        pairedAt: isTime,
        event: isHex24,
        events: ids(10000),
        shareSecret: matches(/^[A-Za-z0-9_-]{80,400}$/),
      },
      {},
    );
    if (newDoc._id !== 'booth:' + newDoc.booth) refuse('the id is not that of the booth');
    if (lastOf(newDoc.events) !== newDoc.event) refuse('booth.event is the last of booth.events');
  } else if (newDoc.type === 'event') {
    checkFields(
      'event',
      newDoc,
      {
        type: oneOf(['event']),
        event: isHex24,
        owner: isOwner,
        title: text(200),
        kind: oneOf(['everyday', 'party']),
        createdAt: isTime,
        booths: ids(1000),
      },
      {},
    );
    if (newDoc._id !== 'event:' + newDoc.event) refuse('the id is not that of the event');
  } else {
    refuse('not a type of this database');
  }
}
