/**
 * Structure of `booth-<id>`: settings, a new key, templates, deletions with their receipts, what is unwanted, and the
 * booth's status.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  /** @param {unknown} value */
  function isEvent(value) {
    fields.checkObject(
      'event',
      value,
      { id: fields.isId, title: fields.text(200) },
      { accent: fields.isColour },
    );
    return true;
  }

  /** @param {unknown} value */
  function areEvents(value) {
    if (!Array.isArray(value) || !value.every(isEvent)) return false;
    var ids = value.map(function (one) {
      return one.id;
    });
    return fields.listOf(20, fields.isId)(ids);
  }

  /** @param {unknown} value */
  function isApplied(value) {
    fields.checkObject(
      'settings',
      value,
      { rev: fields.matches(/^\d{1,9}-[0-9a-f]{32}$/), at: fields.isTime },
      { refused: areRefusedSettings },
    );
    return true;
  }

  /** @param {unknown} value */
  function areRefusedSettings(value) {
    if (!Array.isArray(value) || value.length > 40) return false;
    value.forEach(function (one) {
      fields.checkObject('refused', one, { name: fields.text(64), reason: fields.text(500) });
    });
    return true;
  }

  /**
   * The booth and the portal judge all of it (template.ts); here only that it is this template's, and not endless.
   * @param {unknown} value
   */
  function isLayout(value) {
    if (typeof value !== 'object' || value === null) return false;
    var layout = /** @type {Record<string, unknown>} */ (value);
    var isOfThis = layout.name === newDoc.name && layout.version === newDoc.version;
    return isOfThis && JSON.stringify(layout).length <= 64 * 1024;
  }

  /** @param {unknown} value */
  function areBroken(value) {
    if (!Array.isArray(value) || value.length > 20) return false;
    value.forEach(function (one) {
      fields.checkObject(
        'brokenTemplates',
        one,
        { name: fields.text(64), reason: fields.text(1000) },
        { version: fields.whole(1, 999999999) },
      );
    });
    return true;
  }

  /** @param {unknown} value */
  function areTemplates(value) {
    if (!Array.isArray(value) || value.length > 100) return false;
    value.forEach(function (one) {
      fields.checkObject('templates', one, { name: isSlug, version: fields.whole(1, 999999999) });
    });
    return true;
  }

  function checkPictures() {
    var attachments = newDoc._attachments || {};
    var names = Object.keys(attachments);
    if (names.length > 20) fields.refuse('a template has at most 20 pictures');
    names.forEach(function (name) {
      var picture = attachments[name] || {};
      // Never SVG: it is a program.
      if (!/^image\/(png|jpeg|webp)$/.test(String(picture.content_type)))
        fields.refuse(name + ' is not PNG, JPEG or WebP');
      if (picture.length !== undefined && picture.length > 8 * 1024 * 1024)
        fields.refuse(name + ' is too large');
    });
  }

  /** @param {unknown} value */
  function isPhotoCount(value) {
    var count = fields.whole(0, 999999999);
    fields.checkObject('photos', value, { onBooth: count, uploading: count, inCloud: count });
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
        return /^[0-9a-f]{24}$/.test(event) && fields.whole(0, 999999999)(waiting[event]);
      })
    );
  }

  /** @param {unknown} value */
  function isDisk(value) {
    var bytes = fields.whole(0, 9007199254740991);
    fields.checkObject('disk', value, { freeBytes: bytes, reserveBytes: bytes });
    return true;
  }

  /** @param {unknown} value */
  function isUpload(value) {
    var bytes = fields.whole(0, 9007199254740991);
    fields.checkObject('upload', value, { bytesLeft: bytes, bytesPerSecond: bytes });
    return true;
  }

  /** @param {unknown} value */
  function isLastSync(value) {
    fields.checkObject(
      'lastSync',
      value,
      { at: fields.isTime, outcome: fields.oneOf(['ok', 'failed']) },
      // Not a list of the known ones: a newer booth may have problems that this server has no name for.
      { problem: fields.matches(/^[a-z-]{1,40}$/), detail: fields.text(1000) },
    );
    return true;
  }

  /** @param {unknown} value */
  function isCameraFailure(value) {
    // As with `lastSync`: not a list of the known ones.
    fields.checkObject('camera', value, {
      problem: fields.matches(/^[a-z-]{1,40}$/),
      since: fields.isTime,
    });
    return true;
  }

  /** @param {unknown} value */
  function isNewKey(value) {
    fields.checkObject('newKey', value, { rotation: isRotation, proof: is32Bytes });
    return true;
  }

  /** @param {unknown} value */
  function isRefused(value) {
    if (!Array.isArray(value) || value.length > 20) return false;
    value.forEach(function (one) {
      fields.checkObject('refused', one, { id: fields.text(200), reason: fields.text(1000) });
    });
    return true;
  }

  var is32Bytes = fields.matches(/^[A-Za-z0-9_-]{43}$/);
  var isRotation = fields.matches(/^[A-Za-z0-9_-]{22}$/);
  var isSlug = fields.matches(/^[a-z0-9-]{1,64}$/);
  var isTemplate = /^template:[a-z0-9][a-z0-9-]{0,63}$/.test(newDoc._id);
  if (newDoc._id === 'settings') fields.checkEventPictures(newDoc);
  else if (!isTemplate) fields.checkNoAttachments(newDoc);
  if (newDoc._id === 'settings') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['settings']),
        event: isEvent,
        language: fields.oneOf(['fr', 'en']),
        countdownS: fields.ofBooth.countdownS,
      },
      Object.assign(
        { greenScreen: fields.isDigest, eventChoices: areEvents },
        fields.ofEvent,
        fields.ofBooth,
      ),
    );
  } else if (newDoc._id === 'status') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['status']),
        at: fields.isTime,
        version: fields.text(64),
        photos: isPhotoCount,
        waiting: isWaiting,
        disk: isDisk,
        refused: isRefused,
      },
      {
        lastSync: isLastSync,
        upload: isUpload,
        allSentAt: fields.isTime,
        extrasWaiting: fields.whole(1, 999999999),
        brokenTemplates: areBroken,
        templates: areTemplates,
        settings: isApplied,
        owes: fields.listOf(100, fields.isId),
        choseEvent: fields.isId,
        event: fields.isId,
        camera: isCameraFailure,
        publicKey: is32Bytes,
        newKey: isNewKey,
      },
    );
  } else if (newDoc._id === 'key') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['key']),
      rotation: isRotation,
      sealed: fields.matches(/^[A-Za-z0-9_-]{80,400}$/),
    });
  } else if (newDoc._id === 'unwanted') {
    fields.checkDocument(newDoc, { type: fields.oneOf(['unwanted']), photos: fields.areUnwanted });
  } else if (isTemplate) {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['template']),
      name: fields.oneOf([newDoc._id.slice('template:'.length)]),
      version: fields.whole(1, 999999999),
      layout: isLayout,
    });
    checkPictures();
  } else if (/^(deletion|receipt):\d{8}T\d{6}\.\d{3}Z:[0-9a-f]{24}:[1-9]\d{0,8}$/.test(newDoc._id)) {
    fields.checkDocument(newDoc, {
      type: fields.oneOf([newDoc._id.split(':')[0]]),
      at: fields.isTime,
    });
  } else {
    fields.refuse('not an id of this database');
  }
}
