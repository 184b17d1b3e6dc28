/**
 * Structure of `sessions`: the id is a hash, so that who reads it cannot take the session over.
 * @type {import('../couch-js.ts').Structure}
 */
export default function structure(newDoc, fields) {
  if (newDoc._deleted || newDoc._id.indexOf('_design/') === 0) return;

  fields.checkNoAttachments(newDoc);

  /** @param {import('../couch-js.ts').Check} check @returns {import('../couch-js.ts').Check} */
  function orNull(check) {
    return function (value) {
      return value === null || check(value);
    };
  }

  fields.checkDocument(
    newDoc,
    {
      type: fields.oneOf(['session']),
      account: orNull(fields.isAccount),
      data: orNull(fields.text(65536)),
      createdAt: fields.isTime,
      expiresAt: fields.isTime,
    },
    { seenAt: fields.isTime },
  );
  if (!/^session:[0-9a-f]{64}$/.test(newDoc._id)) fields.refuse('the id is not a SHA-256 of a session id');
}
