/**
 * The order of view keys: null, false, true, numbers, text, lists, objects. Text by ICU's root collation as
 * CouchDB does (a before B before c), not by code point.
 * @see https://docs.couchdb.org/en/stable/ddocs/views/collation.html
 */
export function collate(a: unknown, b: unknown): number {
  const [x, y] = [rank(a), rank(b)];
  if (x !== y) return x - y;
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'string') return collator.compare(a, b as string);
  if (Array.isArray(a)) return collateLists(a, b as unknown[]);
  if (typeof a === 'object' && a !== null) {
    return collateLists(Object.entries(a).flat(), Object.entries(b as object).flat());
  }
  return 0;
}

const collator = new Intl.Collator('en');

function rank(value: unknown): number {
  if (value === null || value === undefined) return 0;
  if (value === false) return 1;
  if (value === true) return 2;
  if (typeof value === 'number') return 3;
  if (typeof value === 'string') return 4;
  return Array.isArray(value) ? 5 : 6;
}

function collateLists(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = collate(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
