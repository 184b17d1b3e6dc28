/**
 * Structure of `booth-<id>`: settings, templates and the booth's status.
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

  /** @param {number} least @param {number} most @returns {import('../couch-js.ts').Check} */
  function whole(least, most) {
    return function (value) {
      return typeof value === 'number' && value % 1 === 0 && value >= least && value <= most;
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

  /** @param {unknown} value */
  function isEvent(value) {
    checkFields('event', value, { id: matches(/^[0-9a-f]{24}$/), title: text(200) }, {});
    return true;
  }

  /** @param {unknown} value */
  function isPhotoCount(value) {
    var count = whole(0, 999999999);
    checkFields('photos', value, { onBooth: count, uploading: count, inCloud: count }, {});
    return true;
  }

  /** @param {unknown} value */
  function isWaiting(value) {
    if (typeof value !== 'object' || value === null) return false;
    var waiting = /** @type {Record<string, unknown>} */ (value);
    var events = Object.keys(waiting);
    return (
      events.length <= 1000 &&
      events.every(function (event) {
        return /^[0-9a-f]{24}$/.test(event) && whole(0, 999999999)(waiting[event]);
      })
    );
  }

  /** @param {unknown} value */
  function isDisk(value) {
    var bytes = whole(0, 9007199254740991);
    checkFields('disk', value, { freeBytes: bytes, reserveBytes: bytes }, {});
    return true;
  }

  /** @param {unknown} value */
  function isLastSync(value) {
    checkFields('lastSync', value, { at: isTime, outcome: oneOf(['ok', 'failed']) }, { reason: text(1000) });
    return true;
  }

  /** @param {unknown} value */
  function isRefused(value) {
    if (!Array.isArray(value) || value.length > 20) return false;
    value.forEach(function (one) {
      checkFields('refused', one, { id: text(200), reason: text(1000) }, {});
    });
    return true;
  }

  var isTime = matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/);
  var isTemplate = /^template:[a-z0-9][a-z0-9-]{0,63}$/.test(newDoc._id);
  if (!isTemplate && Object.keys(newDoc._attachments || {}).length > 0)
    refuse('only templates have attachments');
  if (newDoc._id === 'settings') {
    checkFields(
      'settings',
      newDoc,
      {
        type: oneOf(['settings']),
        event: isEvent,
        language: oneOf(['fr', 'en']),
        countdownS: whole(0, 60),
      },
      {},
    );
  } else if (newDoc._id === 'status') {
    checkFields(
      'status',
      newDoc,
      {
        type: oneOf(['status']),
        at: isTime,
        version: text(64),
        photos: isPhotoCount,
        waiting: isWaiting,
        disk: isDisk,
        refused: isRefused,
      },
      { lastSync: isLastSync },
    );
  } else if (isTemplate) {
    checkFields(
      'template',
      newDoc,
      {
        type: oneOf(['template']),
        name: oneOf([newDoc._id.slice('template:'.length)]),
        version: whole(1, 999999999),
      },
      {},
    );
    if (Object.keys(newDoc._attachments || {}).length > 20) refuse('a template has at most 20 pictures');
  } else {
    refuse('not an id of this database');
  }
}
