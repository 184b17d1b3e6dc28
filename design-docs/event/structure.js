/**
 * Structure of `event-<id>`: photos and previews and nothing else, for whoever writes.
 *
 * A photo's id names its content, and the digest of its only attachment must say the same: so no forged
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

  /** @param {string[]} names @param {number} mostBytes */
  function checkAttachments(names, mostBytes) {
    var attachments = newDoc._attachments || {};
    if (Object.keys(attachments).sort().join() !== names.join()) {
      fields.refuse('the attachments of a ' + newDoc.type + ' are exactly ' + names.join(' and '));
    }
    names.forEach(function (name) {
      var attachment = attachments[name] || {};
      if (attachment.content_type !== 'image/jpeg') fields.refuse(name + ' is not image/jpeg');
      if (!attachment.digest) {
        fields.refuse(
          'photos travel as multipart/related: this attachment has no digest; see device/README.md',
        );
      }
      if (attachment.length !== undefined && attachment.length > mostBytes)
        fields.refuse(name + ' is too large');
    });
  }

  /** @param {string} md5Hex */
  function checkPhoto(md5Hex) {
    fields.checkDocument(
      newDoc,
      Object.assign({ bytes: fields.whole(1, 64 * 1024 * 1024), clock: isClock }, pictureFields),
      { event: fields.isId },
    );
    checkAttachments(['photo.jpg'], 64 * 1024 * 1024);
    var original = (newDoc._attachments || {})['photo.jpg'] || {};
    if (original.digest !== digestOf(md5Hex)) fields.refuse('the digest of photo.jpg is not that of the id');
    if (original.length !== undefined && original.length !== newDoc.bytes) {
      fields.refuse('bytes is not the length of photo.jpg');
    }
  }

  function checkPreview() {
    fields.checkDocument(newDoc, Object.assign({ photo: fields.text(100) }, pictureFields));
    var photo = String(newDoc.photo);
    if (!/:[0-9a-f]{32}$/.test(photo) || photo.slice(0, -33) !== newDoc._id.replace('preview', 'photo')) {
      fields.refuse('preview.photo is not the photo of the same booth, time and n');
    }
    checkAttachments(['screen.jpg', 'thumbnail.jpg'], 8 * 1024 * 1024);
  }

  var pictureFields = {
    type: fields.text(16),
    booth: fields.isId,
    n: fields.whole(1, 999999999),
    name: fields.matches(/^\d{2}[A-Z][a-z]{2}\d{4}_\d{6}(-[1-9]\d{0,3})?\.jpg$/),
    takenAt: fields.matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/),
    width: fields.whole(1, 100000),
    height: fields.whole(1, 100000),
  };
  var key = /^(photo|preview):(\d{8}T\d{6}\.\d{3}Z):([0-9a-f]{24}):([1-9]\d{0,8})(?::([0-9a-f]{32}))?$/.exec(
    newDoc._id,
  );
  if (!key || (key[1] === 'photo') !== (key[5] !== undefined))
    return fields.refuse('not an id of this database');
  if (newDoc.type !== key[1] || newDoc.booth !== key[3] || newDoc.n !== Number(key[4])) {
    fields.refuse('type, booth and n are those of the id');
  }
  if (newDoc.type === 'photo') checkPhoto(String(key[5]));
  else checkPreview();
}
