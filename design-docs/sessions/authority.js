/**
 * Authority in `sessions`: the portal writes and sweeps, an administrator may. Who logged out stays logged
 * out: an ended session (`data: null`) is never written again, so that a request in flight cannot bring it
 * back.
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(newDoc, oldDoc, userCtx) {
  if (userCtx.roles.indexOf('_admin') !== -1) return;
  if (userCtx.roles.indexOf('portal') === -1) throw { forbidden: 'only the portal writes here' };
  if (oldDoc && !oldDoc._deleted && oldDoc.data === null && !newDoc._deleted && newDoc.data !== null) {
    throw { forbidden: 'this session has ended' };
  }
}
