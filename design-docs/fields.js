/**
 * What every structure validator is made of: checks of single values, and of all fields of an object at once.
 * It is shipped inside each of them (assemble.ts), so it too stands alone in its function.
 */
export default function fields() {
  /**
   * @param {string} reason
   * @returns {never}
   */
  function refuse(reason) {
    throw { forbidden: reason };
  }

  /** @param {RegExp} pattern @returns {import('./couch-js.ts').Check} */
  function matches(pattern) {
    return (value) => typeof value === 'string' && pattern.test(value);
  }

  /** @param {number} longest @returns {import('./couch-js.ts').Check} */
  function text(longest) {
    return (value) => typeof value === 'string' && value.length > 0 && value.length <= longest;
  }

  /** @param {unknown[]} values @returns {import('./couch-js.ts').Check} */
  function oneOf(values) {
    return (value) => values.indexOf(value) !== -1;
  }

  /** @param {number} least @param {number} most @returns {import('./couch-js.ts').Check} */
  function whole(least, most) {
    return (value) => typeof value === 'number' && value % 1 === 0 && value >= least && value <= most;
  }

  /** @param {unknown} value */
  function isBoolean(value) {
    return typeof value === 'boolean';
  }

  /**
   * A list without repetition, of at least one.
   * @param {number} most
   * @param {import('./couch-js.ts').Check} isOne
   * @returns {import('./couch-js.ts').Check}
   */
  function listOf(most, isOne) {
    return function (value) {
      if (!Array.isArray(value) || value.length < 1 || value.length > most) return false;
      return value.every(function (one, i) {
        return isOne(one) && value.indexOf(one) === i;
      });
    };
  }

  /** @param {unknown} value */
  function areHours(value) {
    var hour = matches(/^([01]\d|2[0-3]):[0-5]\d$/);
    checkObject('sendBetween', value, { from: hour, to: hour });
    return true;
  }

  /**
   * An object has every required field and no unknown one, each well-formed.
   * @param {string} where
   * @param {unknown} value
   * @param {import('./couch-js.ts').Fields} required
   * @param {import('./couch-js.ts').Fields} [optional]
   */
  function checkObject(where, value, required, optional) {
    if (typeof value !== 'object' || value === null) refuse(where + ' is not an object');
    check(
      where,
      /** @type {Record<string, unknown>} */ (value),
      Object.keys(value),
      required,
      optional || {},
    );
  }

  /**
   * The same for a whole document, called after its type; underscored fields are CouchDB's own.
   * @param {import('./couch-js.ts').Candidate} doc
   * @param {import('./couch-js.ts').Fields} required
   * @param {import('./couch-js.ts').Fields} [optional]
   */
  function checkDocument(doc, required, optional) {
    var own = Object.keys(doc).filter((name) => name.charAt(0) !== '_');
    check(String(doc.type), doc, own, required, optional || {});
  }

  /**
   * @param {string} where
   * @param {Record<string, unknown>} value
   * @param {string[]} names
   * @param {import('./couch-js.ts').Fields} required
   * @param {import('./couch-js.ts').Fields} optional
   */
  function check(where, value, names, required, optional) {
    Object.keys(required).forEach((name) => {
      if (names.indexOf(name) === -1) refuse(where + '.' + name + ' is missing');
    });
    names.forEach((name) => {
      var isRequired = Object.keys(required).indexOf(name) !== -1;
      if (!isRequired && Object.keys(optional).indexOf(name) === -1)
        refuse(where + '.' + name + ' is unknown');
      var isWellFormed = (isRequired ? required : optional)[name];
      if (!isWellFormed || !isWellFormed(value[name])) refuse(where + '.' + name + ' is malformed');
    });
  }

  /** @param {import('./couch-js.ts').Candidate} doc */
  function checkNoAttachments(doc) {
    if (Object.keys(doc._attachments || {}).length > 0) refuse('no attachments here');
  }

  /**
   * Those of an event, and so of the settings of its booths.
   * @param {import('./couch-js.ts').Candidate} doc
   */
  function checkEventPictures(doc) {
    var attachments = doc._attachments || {};
    Object.keys(attachments).forEach(function (name) {
      var picture = attachments[name] || {};
      var isLogo = name === 'logo.webp' && picture.content_type === 'image/webp';
      var isBackdrop = name === 'backdrop.jpg' && picture.content_type === 'image/jpeg';
      if (!isLogo && !isBackdrop) refuse('no attachment here but a logo and a backdrop');
      var most = isLogo ? 512 * 1024 : 8 * 1024 * 1024;
      if (picture.length !== undefined && picture.length > most) refuse(name + ' is too large');
    });
  }

  return {
    refuse: refuse,
    matches: matches,
    text: text,
    oneOf: oneOf,
    whole: whole,
    isBoolean: isBoolean,
    listOf: listOf,
    /** Photos that guests deleted before they were sent, by number: in `fleet`, and of there in `booth-<id>`. @param {unknown} value */
    areUnwanted: function (value) {
      return Array.isArray(value) && value.length <= 500 && value.every(whole(1, 999999999));
    },
    /** What is chosen for a booth, wherever it stands: in `fleet`, and of there in `booth-<id>`. All optional. */
    ofBooth: {
      countdownS: whole(1, 30),
      mirror: isBoolean,
      voice: isBoolean,
      volume: whole(0, 100),
      recentPhotos: isBoolean,
      hotspotPhotos: isBoolean,
      keepShots: isBoolean,
      idle: oneOf(['live', 'calm']),
      sendBetween: areHours,
      pin: matches(/^\d{6}$/),
      dpi: oneOf([300, 600]),
    },
    /** What an event offers its guests, in the same way. */
    ofEvent: {
      languages: listOf(2, oneOf(['fr', 'en'])),
      templates: listOf(20, matches(/^[a-z0-9-]{1,64}$/)),
      modes: listOf(3, oneOf(['single', 'strip', 'boomerang'])),
      filters: listOf(20, matches(/^[a-z-]{1,32}$/)),
    },
    isColour: matches(/^#[0-9a-f]{6}$/),
    /** 24 lower-case hexadecimal digits: the id of a booth or an event. */
    isId: matches(/^[0-9a-f]{24}$/),
    /** Of an attachment, as CouchDB has it: the MD5 of its bytes. */
    isDigest: matches(/^md5-[A-Za-z0-9+/]{22}==$/),
    isAccount: matches(/^[A-Za-z0-9_-]{1,64}$/),
    /** ISO 8601, UTC. */
    isTime: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/),
    checkObject: checkObject,
    checkDocument: checkDocument,
    checkNoAttachments: checkNoAttachments,
    checkEventPictures: checkEventPictures,
  };
}
