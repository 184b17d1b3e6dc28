/**
 * Authority in `audit`: the portal adds; nothing is changed or deleted, but by an administrator (for a limit
 * of age). A revision with a past that this database has not seen is no addition.
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, oldDoc, userCtx) {
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  if (userCtx.roles.indexOf('portal') === -1) throw { forbidden: 'only the portal writes here' };
  var isFirst = !newDoc._revisions || newDoc._revisions.start === 1;
  if (oldDoc || newDoc._deleted || !isFirst) throw { forbidden: 'the audit trail is only added to' };
}
