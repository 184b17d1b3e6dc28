import type { Couch } from '@photomaton/couch';
import { SESSION_VIEWS, type SessionDoc, sessionDocId } from '@photomaton/design-docs/docs';
import type { SessionData } from 'express-session';
import { tombstoneOf } from './session-store.ts';

/** More than this nobody has, or looks through. */
const MOST_SHOWN = 100;

/** Where somebody is logged in. */
export interface SessionRow {
  /** SHA-256 of the session's id. */
  hash: string;
  agent: string;
  address: string;
  createdAt: string;
  seenAt: string;
}

/** The account's open sessions, the one used last first. */
export async function sessionsOf(
  { couch, now }: { couch: Couch; now: () => Date },
  account: { id: string; sessionsValidFrom: string },
): Promise<SessionRow[]> {
  const { rows } = await couch.view<SessionDoc>('sessions', SESSION_VIEWS.ddoc, SESSION_VIEWS.byAccount, {
    key: account.id,
    limit: 1000,
    includeDocs: true,
  });
  const at = now().toISOString();
  return rows
    .flatMap(({ doc }) => {
      if (!doc?.data || doc.expiresAt <= at || doc.createdAt < account.sessionsValidFrom) return [];
      const { device } = JSON.parse(doc.data) as SessionData;
      const { _id, createdAt, seenAt = createdAt } = doc;
      const hash = _id.slice(sessionDocId('').length);
      return [{ hash, createdAt, seenAt, agent: device?.agent ?? '', address: device?.address ?? '' }];
    })
    .sort((a, b) => (a.seenAt < b.seenAt ? 1 : -1))
    .slice(0, MOST_SHOWN);
}

/** Ends one session of the account, with its sockets on every node. False: it has no such session. */
export async function endSession(
  { couch, now }: { couch: Couch; now: () => Date },
  account: string,
  hash: string,
): Promise<boolean> {
  if (!/^[0-9a-f]{64}$/.test(hash)) return false;
  let isOwn = false;
  await couch.update<SessionDoc>('sessions', sessionDocId(hash), (doc) => {
    isOwn = doc?.account === account;
    return doc?.data && isOwn ? tombstoneOf(doc._id, doc, now()) : undefined;
  });
  return isOwn;
}

/** Most browsers name others too: the first that is found is meant. */
const BROWSERS = [
  ...[
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['SamsungBrowser/', 'Samsung Internet'],
    ['FxiOS/', 'Firefox'],
  ],
  ...[
    ['Firefox/', 'Firefox'],
    ['CriOS/', 'Chrome'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ],
] as const;
const SYSTEMS = [
  ...[
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Windows', 'Windows'],
  ],
  ...[
    ['Macintosh', 'macOS'],
    ['CrOS', 'ChromeOS'],
    ['Linux', 'Linux'],
  ],
] as const;

/** Browser and system, as far as a browser says so: "Firefox, Android". */
export function deviceOf(agent: string): string {
  const named = [BROWSERS, SYSTEMS].map((names) => names.find(([word]) => agent.includes(word))?.[1]);
  return named.filter((name) => name !== undefined).join(', ');
}
