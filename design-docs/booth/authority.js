/**
 * Authority in `booth-<id>`: the booth writes its status and nothing else; the portal writes settings and
 * templates, never the status; only templates are deleted. An administrator may do all. Which booth this
 * is, is the database's security.
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, _oldDoc, userCtx) {
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  if (userCtx.roles.indexOf('booth') !== -1) {
    if (newDoc._id !== 'status') throw { forbidden: 'a booth writes its status only' };
    if (newDoc._deleted) throw { forbidden: 'a booth deletes nothing' };
    return;
  }
  if (userCtx.roles.indexOf('portal') === -1) throw { forbidden: 'only the booth and the portal write here' };
  var isTemplate = newDoc._id.indexOf('template:') === 0;
  if (newDoc._id !== 'settings' && !isTemplate) {
    throw { forbidden: 'the portal writes settings and templates only' };
  }
  if (newDoc._deleted && !isTemplate) throw { forbidden: 'settings are changed, not deleted' };
}
