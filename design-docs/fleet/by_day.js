/**
 * Events of an account by their first day (those without days by the day that they were made): key
 * `[owner, day, id]`. One that is being erased is not seen any more.
 * @param {import('../couch-js.ts').Candidate} doc
 */
export default function byDay(doc) {
  if (doc.type !== 'event' || doc.erasing) return;
  var days = /** @type {{ from: string } | undefined} */ (doc.days);
  var day = days ? days.from : String(doc.createdAt).slice(0, 10);
  emit([doc.owner, day, doc.event], null);
}
