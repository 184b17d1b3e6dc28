/**
 * Structure of `fleet`: booths, events, keys and settings on their way, alarms that are on, and which node leads. A share secret is
 * here only encrypted: in clear it has 43
 * letters, encrypted at least 80. Of a link's password there is only the hash.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  if (newDoc.type === 'event') fields.checkEventPictures(newDoc);
  else fields.checkNoAttachments(newDoc);

  /** @param {number} most @returns {import('../couch-js.ts').Check} */
  function ids(most) {
    return function (value) {
      return Array.isArray(value) && value.length <= most && value.every(fields.isId);
    };
  }

  /** @param {unknown} list */
  function lastOf(list) {
    return Array.isArray(list) ? list[list.length - 1] : undefined;
  }

  /** @param {unknown} value */
  function areSettings(value) {
    fields.checkObject('settings', value, {}, fields.ofBooth);
    return true;
  }

  /** @param {unknown} value */
  function areDays(value) {
    var day = fields.matches(/^\d{4}-\d\d-\d\d$/);
    fields.checkObject('days', value, { from: day, to: day });
    var days = /** @type {{ from: string, to: string }} */ (value);
    return days.from <= days.to;
  }

  /** @param {unknown} value */
  function areRights(value) {
    fields.checkObject('guests', value, { download: fields.isBoolean }, { delete: fields.isBoolean });
    return true;
  }

  /** @param {unknown} value */
  function isLink(value) {
    fields.checkObject(
      'link',
      value,
      {
        nonce: fields.matches(/^[A-Za-z0-9_-]{22}$/),
        createdAt: fields.isTime,
        download: fields.isBoolean,
      },
      { passwordHash: fields.matches(/^\$argon2id\$[A-Za-z0-9$,=+/]{20,180}$/), expiresAt: fields.isTime },
    );
    return true;
  }

  var isRolloutId = fields.matches(/^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}$/);
  var ofRollout = newDoc.rollout === undefined ? '' : ':' + newDoc.rollout;
  var illness = ['setting', 'camera', 'problem', 'silent'];

  /** @param {unknown} value */
  function isGiven(value) {
    fields.checkObject(
      'rollout',
      value,
      {
        id: isRolloutId,
        at: fields.isTime,
        before: areSettings,
        was: function (list) {
          return Array.isArray(list) && list.every(fields.oneOf(['online', 'camera', 'problem']));
        },
      },
      {
        rev: fields.matches(/^\d+-[0-9a-f]{32}$/),
        well: fields.isTime,
        isBack: fields.oneOf([true]),
      },
    );
    return true;
  }

  /** @param {unknown} value */
  function isQuestion(value) {
    var word = fields.text(100);
    fields.checkObject('asked', value, {}, { q: word, state: word, version: word });
    return true;
  }

  /** @param {unknown} value */
  function isIll(value) {
    fields.checkObject('ill', value, { booth: fields.isId, illness: fields.oneOf(illness) });
    return true;
  }

  /** @param {unknown} value */
  function isFall(value) {
    fields.checkObject('fell', value, {
      ill: function (list) {
        return Array.isArray(list) && list.length >= 1 && list.length <= 20 && list.every(isIll);
      },
      booths: fields.whole(1, 50000),
      at: fields.isTime,
    });
    return true;
  }

  if (newDoc.type === 'booth') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['booth']),
        booth: fields.isId,
        owner: fields.isAccount,
        name: fields.text(200),
        pairedAt: fields.isTime,
        event: fields.isId,
        events: ids(10000),
        shareSecret: fields.matches(/^[A-Za-z0-9_-]{80,400}$/),
      },
      {
        settings: areSettings,
        notes: fields.text(2000),
        keyRevoked: fields.isTime,
        assigning: fields.isAccount,
        finishing: ids(10000),
        choices: fields.listOf(20, fields.isId),
        unwanted: fields.areUnwanted,
        rollout: isGiven,
      },
    );
    if (newDoc._id !== 'booth:' + newDoc.booth) fields.refuse('the id is not that of the booth');
    if (lastOf(newDoc.events) !== newDoc.event) fields.refuse('booth.event is the last of booth.events');
  } else if (newDoc.type === 'event') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['event']),
        event: fields.isId,
        owner: fields.isAccount,
        title: fields.text(200),
        kind: fields.oneOf(['everyday', 'party']),
        createdAt: fields.isTime,
        booths: ids(1000),
      },
      Object.assign({}, fields.ofEvent, {
        joining: ids(1000),
        days: areDays,
        accent: fields.isColour,
        guests: areRights,
        link: isLink,
        keepDays: fields.whole(7, 3650),
        erasing: fields.isTime,
      }),
    );
    // Without a last day nobody knows when that is.
    if (newDoc.keepDays !== undefined && newDoc.days === undefined)
      fields.refuse('event.keepDays needs days');
    if (newDoc._id !== 'event:' + newDoc.event) fields.refuse('the id is not that of the event');
  } else if (newDoc.type === 'rotation') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['rotation']),
      booth: fields.isId,
      rotation: fields.matches(/^[A-Za-z0-9_-]{22}$/),
      since: fields.isTime,
      replaces: fields.matches(/^[0-9a-f]{32}$/),
    });
    if (newDoc._id !== 'rotation:' + newDoc.booth) fields.refuse('the id is not that of the rotation');
  } else if (newDoc.type === 'alarm') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['alarm']),
        booth: fields.isId,
        kind: fields.oneOf(['offline', 'disk', 'refused', 'problem', 'camera', 'rollout']),
        since: fields.isTime,
      },
      { told: fields.isTime, rollout: isRolloutId },
    );
    if (newDoc._id !== 'alarm:' + newDoc.booth + ':' + newDoc.kind + ofRollout)
      fields.refuse('the id is not that of the alarm');
  } else if (newDoc.type === 'rollout') {
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['rollout']),
        rollout: isRolloutId,
        set: areSettings,
        clear: function (list) {
          return Array.isArray(list) && list.every(fields.oneOf(['sendBetween', 'pin']));
        },
        asked: isQuestion,
        booths: fields.whole(1, 50000),
        by: fields.isAccount,
        createdAt: fields.isTime,
        state: fields.oneOf(['running', 'stopped', 'done', 'rolling-back', 'rolled-back']),
        stage: fields.oneOf(['one', 'some', 'all']),
        since: fields.isTime,
      },
      { fell: isFall },
    );
    if (newDoc._id !== 'rollout:' + newDoc.rollout) fields.refuse('the id is not that of the roll-out');
  } else if (newDoc.type === 'rollout-list') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['rollout-list']),
      rollout: isRolloutId,
      booths: ids(50000),
    });
    if (newDoc._id !== 'rollout-list:' + newDoc.rollout) fields.refuse('the id is not that of the roll-out');
  } else if (newDoc.type === 'leader') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['leader']),
      node: fields.matches(/^[0-9a-f]{16}$/),
      at: fields.isTime,
    });
    if (newDoc._id !== 'leader') fields.refuse('the id is not that of the leader');
  } else {
    fields.refuse('not a type of this database');
  }
}
