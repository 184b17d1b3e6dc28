/**
 * Authority in `designs`: the portal writes and deletes, an administrator may, nobody else.
 * @type {import('../couch-js.ts').Validator}
 */
export default function authority(_newDoc, _oldDoc, userCtx) {
  if (userCtx.roles.indexOf('_admin') !== -1 || userCtx.roles.indexOf('portal') !== -1) return;
  throw { forbidden: 'only the portal writes here' };
}
