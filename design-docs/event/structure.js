/**
 * Structure of `event-<id>`: photos with their previews, shots and clips, what the customer wants of them (marks), what
 * became of them (removals), and nothing else, for whoever writes.
 *
 * The id of a photo, a shot or a clip names its content, and the digest of its only attachment must say the same: so no forged
 * revision can put another picture in its place. CouchDB checks that digest against the bytes, but only
 * when they travel as multipart/related; inline base64 shows no digest at all and is refused.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  /** @param {unknown} value */
  function isClock(value) {
    fields.checkObject('clock', value, {
      bootId: fields.text(64),
      monotonicMs: function (ms) {
        return typeof ms === 'number' && ms >= 0;
      },
      trusted: fields.isBoolean,
    });
    return true;
  }

  /**
   * MD5 from the hexadecimal form of ids to the base64 form of digests: three digits are two letters.
   * @param {string} hex
   */
  function digestOf(hex) {
    var letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    var pairs = (hex + '0').replace(/.{3}/g, function (three) {
      var bits = parseInt(three, 16);
      return letters.charAt(bits >> 6) + letters.charAt(bits & 63);
    });
    return 'md5-' + pairs + '==';
  }

  /** @param {string[]} names @param {number} mostBytes @param {string} [type] */
  function checkAttachments(names, mostBytes, type) {
    var isType = type || 'image/jpeg';
    var attachments = newDoc._attachments || {};
    if (Object.keys(attachments).sort().join() !== names.join()) {
      fields.refuse('the attachments of a ' + newDoc.type + ' are exactly ' + names.join(' and '));
    }
    names.forEach(function (name) {
      var attachment = attachments[name] || {};
      if (attachment.content_type !== isType) fields.refuse(name + ' is not ' + isType);
      if (!attachment.digest) {
        fields.refuse(
          'photos travel as multipart/related: this attachment has no digest; see device/README.md',
        );
      }
      if (attachment.length !== undefined && attachment.length > mostBytes)
        fields.refuse(name + ' is too large');
    });
  }

  /** Its only attachment is the one that the id names. @param {string} name @param {number} mostBytes @param {string} [type] */
  function checkContent(name, mostBytes, type) {
    checkAttachments([name], mostBytes, type);
    var content = (newDoc._attachments || {})[name] || {};
    if (content.digest !== digestOf(md5Hex))
      fields.refuse('the digest of ' + name + ' is not that of the id');
    if (content.length !== undefined && content.length !== newDoc.bytes) {
      fields.refuse('bytes is not the length of ' + name);
    }
  }

  /** What belongs to a photo names it: the photo of the same key. */
  function checkItsPhoto() {
    var photo = String(newDoc.photo);
    if (!/:[0-9a-f]{32}$/.test(photo) || photo.slice(0, -33) !== 'photo' + keyText) {
      fields.refuse(newDoc.type + '.photo is not the photo of the same booth, time and n');
    }
  }

  /** @param {unknown} value */
  function isMaking(value) {
    fields.checkObject(
      'made',
      value,
      {
        template: fields.matches(/^[a-z0-9-]{1,64}$/),
        version: fields.whole(1, 999999999),
        language: fields.oneOf(['fr', 'en']),
      },
      { filter: fields.matches(/^[a-z-]{1,32}$/) },
    );
    return true;
  }

  /** @param {unknown} value */
  function areShots(value) {
    if (!Array.isArray(value) || value.length < 1 || value.length > 60) return false;
    return value.every(function (one, i) {
      return fields.whole(0, 59)(one) && (i === 0 || one > value[i - 1]);
    });
  }

  function checkPhoto() {
    fields.checkDocument(
      newDoc,
      Object.assign({ bytes: fields.whole(1, 64 * MB), clock: isClock }, takenFields, pictureFields),
      { event: fields.isId, made: isMaking },
    );
    checkContent('photo.jpg', 64 * MB);
  }

  function checkPreview() {
    fields.checkDocument(newDoc, Object.assign({ photo: fields.text(100) }, takenFields, pictureFields));
    checkItsPhoto();
    checkAttachments(['screen.jpg', 'thumbnail.jpg'], 8 * MB);
  }

  function checkShot() {
    fields.checkDocument(
      newDoc,
      Object.assign(
        { photo: fields.text(100), shots: areShots, bytes: fields.whole(1, 64 * MB) },
        pictureFields,
      ),
      { event: fields.isId },
    );
    checkItsPhoto();
    checkContent('shot.jpg', 64 * MB);
  }

  function checkClip() {
    var isMp4 = newDoc.format === 'mp4';
    fields.checkDocument(
      newDoc,
      Object.assign(
        {
          photo: fields.text(100),
          format: fields.oneOf(['mp4', 'webp']),
          bytes: fields.whole(1, 32 * MB),
        },
        pictureFields,
      ),
      { event: fields.isId },
    );
    checkItsPhoto();
    checkContent('clip.' + newDoc.format, 32 * MB, isMp4 ? 'video/mp4' : 'image/webp');
  }

  function checkMark() {
    fields.checkDocument(
      newDoc,
      { type: fields.oneOf(['mark']) },
      {
        favourite: fields.oneOf([true]),
        hidden: isAct,
        deleted: isDeletion,
      },
    );
    fields.checkNoAttachments(newDoc);
  }

  function checkRemoval() {
    fields.checkDocument(newDoc, Object.assign({ type: fields.oneOf(['removal']) }, actFields));
    fields.checkNoAttachments(newDoc);
  }

  /** @param {unknown} value */
  function isAct(value) {
    fields.checkObject('hidden', value, actFields);
    return true;
  }

  /** @param {unknown} value */
  function isDeletion(value) {
    fields.checkObject('deleted', value, Object.assign({ until: fields.isTime }, actFields));
    return true;
  }

  var MB = 1024 * 1024;
  var actFields = { at: fields.isTime, by: fields.isAccount };
  var pictureFields = {
    type: fields.text(16),
    booth: fields.isId,
    n: fields.whole(1, 999999999),
    width: fields.whole(1, 100000),
    height: fields.whole(1, 100000),
  };
  var takenFields = {
    name: fields.matches(/^\d{2}[A-Z][a-z]{2}\d{4}_\d{6}(-[1-9]\d{0,3})?\.jpg$/),
    takenAt: fields.matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/),
  };
  if (/^(mark|removal):\d{8}T\d{6}\.\d{3}Z:[0-9a-f]{24}:[1-9]\d{0,8}$/.test(newDoc._id)) {
    return newDoc._id.indexOf('mark:') === 0 ? checkMark() : checkRemoval();
  }
  var key =
    /^(photo|preview|shot|clip)(:\d{8}T\d{6}\.\d{3}Z:([0-9a-f]{24}):([1-9]\d{0,8}))(?::([0-9a-f]{32}))?$/.exec(
      newDoc._id,
    );
  if (!key || (key[1] === 'preview') !== (key[5] === undefined))
    return fields.refuse('not an id of this database');
  if (newDoc.type !== key[1] || newDoc.booth !== key[3] || newDoc.n !== Number(key[4])) {
    fields.refuse('type, booth and n are those of the id');
  }
  var keyText = key[2];
  var md5Hex = String(key[5]);
  if (newDoc.type === 'photo') checkPhoto();
  else if (newDoc.type === 'preview') checkPreview();
  else if (newDoc.type === 'shot') checkShot();
  else checkClip();
}
