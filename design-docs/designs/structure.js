/**
 * Structure of `designs`: templates of customers and the pictures in them. Layouts are judged by the portal and by each
 * booth (template.ts); here only that they are this template's, and not endless.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;
  var isVersion = fields.whole(1, 999999999);

  /** @param {unknown} value @param {unknown} version */
  function isLayout(value, version) {
    if (typeof value !== 'object' || value === null || !isVersion(version)) return false;
    var layout = /** @type {Record<string, unknown>} */ (value);
    var isOfThis = layout.name === newDoc.name && layout.version === version;
    return isOfThis && JSON.stringify(layout).length <= 64 * 1024;
  }

  /** @param {unknown} value */
  function isDraft(value) {
    return isLayout(value, /** @type {Record<string, unknown>} */ (value || {}).version);
  }

  /** @param {unknown} value */
  function areVersions(value) {
    if (!Array.isArray(value) || value.length > 21) return false;
    return value.every(function (one, i) {
      fields.checkObject('versions', one, {
        version: isVersion,
        at: fields.isTime,
        layout: function (/** @type {unknown} */ layout) {
          return isLayout(layout, one.version);
        },
      });
      return i === 0 || value[i - 1].version < one.version;
    });
  }

  function checkPicture() {
    var attachments = newDoc._attachments || {};
    var picture = attachments.picture || {};
    if (Object.keys(attachments).join() !== 'picture')
      fields.refuse('a picture has one attachment, the picture');
    // Never SVG: it is a program.
    if (!/^image\/(png|jpeg|webp)$/.test(String(picture.content_type)))
      fields.refuse('the picture is not PNG, JPEG or WebP');
    if (picture.length !== undefined && picture.length > 8 * 1024 * 1024)
      fields.refuse('the picture is too large');
  }

  if (newDoc.type === 'design') {
    fields.checkNoAttachments(newDoc);
    fields.checkDocument(
      newDoc,
      {
        type: fields.oneOf(['design']),
        owner: fields.isAccount,
        name: fields.matches(/^[a-z0-9-]{1,57}-[0-9a-f]{6}$/),
        draft: isDraft,
        edition: isVersion,
        changedAt: fields.isTime,
        versions: areVersions,
      },
      { everywhere: isVersion, trial: fields.isId },
    );
    if (newDoc._id !== 'design:' + newDoc.owner + ':' + newDoc.name)
      fields.refuse('the id is not that of the design');
  } else if (newDoc.type === 'picture') {
    fields.checkDocument(newDoc, {
      type: fields.oneOf(['picture']),
      owner: fields.isAccount,
      image: fields.matches(/^[a-z0-9-]{1,64}\.(png|jpg|jpeg|webp)$/),
      at: fields.isTime,
    });
    checkPicture();
    if (newDoc._id !== 'picture:' + newDoc.owner + ':' + newDoc.image)
      fields.refuse('the id is not that of the picture');
  } else {
    fields.refuse('not a type of this database');
  }
}
