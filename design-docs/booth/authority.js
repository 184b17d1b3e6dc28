/**
 * Authority in `booth-<id>`: the booth writes its status, and receipts for photos that it deleted; the portal writes
 * settings, a new key, templates, deletions and what is unwanted, never the status; of these, settings stay. An
 * administrator may do all.
 * Which booth this is, is the database's security.
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, _oldDoc, userCtx) {
  var receipt = /^receipt:[^:]+:([0-9a-f]{24}):/.exec(newDoc._id);
  var isOwn = receipt !== null && userCtx.name === 'booth-' + receipt[1];
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  if (userCtx.roles.indexOf('booth') !== -1) {
    if (newDoc._id !== 'status' && !isOwn) throw { forbidden: 'a booth writes its status and receipts only' };
    if (newDoc._deleted) throw { forbidden: 'a booth deletes nothing' };
    return;
  }
  if (userCtx.roles.indexOf('portal') === -1) throw { forbidden: 'only the booth and the portal write here' };
  if (!/^(settings$|key$|unwanted$|template:|deletion:)/.test(newDoc._id)) {
    throw { forbidden: 'the portal writes settings, a key, templates and deletions only' };
  }
  if (newDoc._deleted && newDoc._id === 'settings') throw { forbidden: 'settings are changed, not deleted' };
}
