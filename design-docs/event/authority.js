/**
 * Authority in `event-<id>`: a booth adds its own photos, with their previews, shots and clips, and changes, replaces
 * or deletes none. The portal writes marks and removals, deletes what was marked, and adds a photo that comes from
 * another event; it changes none. An administrator may; who wants an event gone drops the database.
 *
 * A forged revision (`new_edits=false`) comes with no old document, so what is added must be the first revision of its
 * document; a second first one can only hold the same picture (see structure.js).
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, oldDoc, userCtx) {
  var kind = newDoc._id.split(':')[0];
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  var isPortal = userCtx.roles.indexOf('portal') !== -1;
  if (isPortal && kind === 'mark') return;
  if (isPortal && kind === 'removal') {
    // Of a photo that was moved away it may change: the photo comes back, and leaves again.
    if (newDoc._deleted || (oldDoc && !oldDoc.movedTo)) throw { forbidden: 'a removal stays' };
    return;
  }
  if (isPortal && newDoc._deleted) return;
  if (!isPortal && userCtx.roles.indexOf('booth') === -1) {
    throw { forbidden: 'only booths add to an event' };
  }
  if (newDoc._deleted) throw { forbidden: 'a booth deletes nothing' };
  if (oldDoc) throw { forbidden: 'a photo is never changed' };
  if (newDoc._revisions && newDoc._revisions.start !== 1) {
    throw { forbidden: 'photos are only added: this is not a first revision' };
  }
  var key = /^(?:photo|preview|shot|clip):[^:]+:([0-9a-f]{24}):/.exec(newDoc._id);
  if (!key || (!isPortal && userCtx.name !== 'booth-' + key[1])) {
    throw { forbidden: 'a booth adds photos of its own only' };
  }
}
