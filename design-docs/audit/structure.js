/**
 * Structure of `audit`: what was done, by whom, to what.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  fields.checkNoAttachments(newDoc);

  /** @param {unknown} value */
  function isActor(value) {
    return value === null || fields.text(200)(value);
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

  fields.checkDocument(
    newDoc,
    {
      type: fields.oneOf(['audit']),
      at: fields.isTime,
      action: fields.text(100),
      actor: isActor,
    },
    { subject: fields.text(400), details: isDetails },
  );
  if (!/^audit:\d{8}T\d{6}\.\d{3}Z:[A-Za-z0-9_-]{1,64}$/.test(newDoc._id))
    fields.refuse('not an id of this database');
}
