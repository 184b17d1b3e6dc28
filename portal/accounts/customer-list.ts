import type { Couch } from '@photomaton/couch';
import { ACCOUNT_VIEWS, type AccountDoc, accountId } from '@photomaton/design-docs/docs';
import { folded, wordsOf } from '../web/search-words.ts';
import { type AccountRow, accountRow } from './accounts.ts';

export const CUSTOMER_STATES = ['active', 'invited', 'disabled', 'closing'] as const;
const BATCH = 500;

interface CustomerQuery {
  /** Words of name and address. */
  q?: string | undefined;
  state?: AccountRow['state'] | undefined;
  /** The account that begins the page. */
  from?: string | undefined;
  limit: number;
}

/** Customers by name, a page at a time. A search looks at one after the other, until its page is full. */
export async function findCustomers(
  { couch }: { couch: Couch },
  { q = '', state, from, limit }: CustomerQuery,
): Promise<{ rows: AccountRow[]; next: string | undefined }> {
  const words = wordsOf(q);
  const isSearch = words.length > 0 || state !== undefined;
  const found: AccountRow[] = [];
  for await (const row of customersFrom(couch, from, isSearch ? BATCH : limit + 1)) {
    const text = folded(`${row.name} ${row.email}`);
    if ((state ?? row.state) === row.state && words.every((word) => text.includes(word))) found.push(row);
    if (found.length > limit) break;
  }
  return { rows: found.slice(0, limit), next: found[limit]?.id };
}

async function* customersFrom(couch: Couch, from: string | undefined, batch: number) {
  const first = from === undefined ? undefined : await couch.get<AccountDoc>('accounts', accountId(from));
  for (let startkey = ['customer', ...(first ? [first.name, first.account] : [])]; ; ) {
    const { rows } = await couch.view<AccountDoc>('accounts', ACCOUNT_VIEWS.ddoc, ACCOUNT_VIEWS.byRole, {
      ...{ startkey, endkey: ['customer', {}], limit: batch, includeDocs: true },
    });
    const docs = rows.flatMap(({ doc }) => (doc ? [doc] : []));
    yield* docs.map(accountRow);
    const last = docs.at(-1);
    if (!last || rows.length < batch) return;
    startkey = ['customer', last.name, `${last.account}\u0000`];
  }
}
