import type { Couch, Stored } from '@photomaton/couch';
import { type AuditDoc, type EmailClaimDoc, emailClaimId } from '@photomaton/design-docs/docs';
import type { TFunction } from 'i18next';
import { folded } from '../web/search-words.ts';

const BATCH = 500;

export type Entry = AuditDoc & Stored;

/** Every entry, the latest first, or from before an entry. */
export async function* trail({ couch }: { couch: Couch }, before: string): AsyncGenerator<Entry> {
  let startkey = before.startsWith('audit:') ? before : 'audit:\ufff0';
  for (let isFirst = startkey !== before; ; isFirst = false) {
    const range = { startkey, endkey: 'audit:', descending: true, limit: BATCH };
    const entries = await couch.range<AuditDoc>('audit', range);
    // A page begins with the last one of the page before.
    yield* isFirst ? entries : entries.filter(({ _id }) => _id !== startkey);
    const last = entries.at(-1);
    if (!last || entries.length < BATCH) return;
    startkey = last._id;
  }
}

/** The words of a search, each with what it may stand for: an e-mail address also finds what its account did. */
export async function searchFor({ couch }: { couch: Couch }, q: string): Promise<string[][]> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const addresses = words.filter((word) => word.includes('@'));
  const claims = await couch.getMany<EmailClaimDoc>('accounts', addresses.map(emailClaimId));
  return words.map((word) => [
    folded(word),
    ...claims.flatMap((doc) => (doc?._id === emailClaimId(word) ? doc.account : [])),
  ]);
}

/** Does an entry have every word of a search, in the reader's language or as it is stored? */
export function isMeant(entry: AuditDoc, search: string[][], t: TFunction): boolean {
  const { at, action, actor, subject, details = {} } = entry;
  const parts = [at, action, actionWords(entry, t), actor, subject, JSON.stringify(details)];
  const text = folded(parts.join(' '));
  return search.every((words) => words.some((word) => text.includes(word)));
}

/** What was done, in the reader's language; as it is stored where there are no words for it. */
export const actionWords = ({ action }: AuditDoc, t: TFunction): string =>
  t(`audit:actions.${action}`, { defaultValue: action });

/** The details of an entry, in the reader's language. */
export const detailWords = (
  { details = {} }: AuditDoc,
  t: TFunction,
  nameOf: (id: string) => string,
): string =>
  Object.entries(details)
    .map(([name, value]) =>
      t(`audit:detail.${name}`, {
        value:
          typeof value !== 'string' ? value : name === 'settings' ? settingWords(value, t) : nameOf(value),
        count: Number(value),
        defaultValue: `${name}: ${value}`,
      }),
    )
    .join(', ');

/** `countdownS, volume`, by the names that forms give them. */
const settingWords = (names: string, t: TFunction): string =>
  names
    .split(', ')
    .map((name) => t(`booths:setting-${name}`, { defaultValue: name }))
    .join(', ');
