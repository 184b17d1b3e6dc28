/**
 * One row a photo that is leaving for another event, key `['leaves', at, id]`, and one for a photo that came from another:
 * key `['came', event, at, id]`. With the id no two are the same.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function moves(doc) {
  if (doc.type !== 'mark') return;
  var moving = /** @type {{ at: string } | undefined} */ (doc.moving);
  var from = /** @type {{ event: string, at: string } | undefined} */ (doc.from);
  if (moving) emit(['leaves', moving.at, doc._id], null);
  if (from) emit(['came', from.event, from.at, doc._id], null);
}
