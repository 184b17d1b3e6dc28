/**
 * Authority in `event-<id>`: a booth adds its own photos, with their previews, shots and clips, and changes, replaces
 * or deletes none. The portal writes marks, adds removals, and deletes what was marked; it neither adds nor changes a
 * photo. An administrator may; who wants an event gone drops the database.
 *
 * A forged revision (`new_edits=false`) comes with no old document, so a booth's must be the first of its
 * document; a second first one can only hold the same picture (see structure.js).
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, oldDoc, userCtx) {
  var kind = newDoc._id.split(':')[0];
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  if (userCtx.roles.indexOf('portal') !== -1) {
    if (kind === 'mark' || (kind === 'removal' && !oldDoc && !newDoc._deleted)) return;
    if (kind === 'removal') throw { forbidden: 'a removal stays' };
    if (newDoc._deleted) return;
    throw { forbidden: 'only booths add photos' };
  }
  if (userCtx.roles.indexOf('booth') === -1) throw { forbidden: 'only booths add to an event' };
  if (newDoc._deleted) throw { forbidden: 'a booth deletes nothing' };
  if (oldDoc) throw { forbidden: 'a photo is never changed' };
  if (newDoc._revisions && newDoc._revisions.start !== 1) {
    throw { forbidden: 'a booth adds documents: this is not a first revision' };
  }
  var key = /^(?:photo|preview|shot|clip):[^:]+:([0-9a-f]{24}):/.exec(newDoc._id);
  if (!key || userCtx.name !== 'booth-' + key[1]) throw { forbidden: 'a booth adds photos of its own only' };
}
