import { pipeline } from 'node:stream/promises';
import type { Couch, Stored } from '@photomaton/couch';
import { type AccountDoc, type AuditDoc, accountId } from '@photomaton/design-docs/docs';
import express, { type Router } from 'express';
import { requireFresh, requireOperator } from './accounts/require.ts';
import type { Audit } from './audit.ts';

const SHOWN = 100;
/** Read for one page; a search that finds little goes on from there. */
const MOST_READ = 5_000;
const BATCH = 500;

type Entry = AuditDoc & Stored;

/** `/audit`: the trail, the latest first, with a search, and as a file. */
export function auditRoutes({ couch, audit }: { couch: Couch; audit: Audit }): Router {
  const router = express.Router();

  router.get('/audit', requireOperator, async (req, res) => {
    const q = textOf(req.query.q);
    const entries: Entry[] = [];
    let older: string | undefined;
    let read = 0;
    for await (const entry of trail({ couch }, textOf(req.query.before))) {
      if (entries.length === SHOWN || read === MOST_READ) break;
      read += 1;
      older = entry._id;
      if (isMeant(entry, q)) entries.push(entry);
    }
    const names = await namesOf({ couch }, entries);
    const day = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'medium', timeStyle: 'medium' });
    const link = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;
    res.render('audit/list', {
      q,
      entries: entries.map((entry) => ({
        ...{ at: day.format(new Date(entry.at)), action: entry.action, details: detailsOf(entry) },
        ...{ actor: names.get(entry.actor ?? '') ?? entry.actor ?? '–' },
        subject: names.get(entry.subject ?? '') ?? entry.subject,
      })),
      olderHref:
        older !== undefined && (entries.length === SHOWN || read === MOST_READ)
          ? link('/audit', { q, before: older })
          : undefined,
      fileHref: link('/audit.csv', { q }),
    });
  });

  router.get('/audit.csv', requireOperator, requireFresh, async (req, res) => {
    const q = textOf(req.query.q);
    await audit('trail downloaded', { actor: res.locals.account?.id ?? null, details: { q } });
    res.attachment('audit.csv').set('Cache-Control', 'private, no-store').type('csv');
    async function* lines() {
      yield '\ufeffat,action,actor,subject,details\r\n';
      for await (const entry of trail({ couch }, '')) {
        if (!isMeant(entry, q)) continue;
        const { at, action, actor, subject } = entry;
        yield `${[at, action, actor ?? '', subject ?? '', detailsOf(entry)].map(cell).join(',')}\r\n`;
      }
    }
    await pipeline(lines, res);
  });

  return router;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim().slice(0, 200) : '');

/** From the latest on, or from before an entry. */
async function* trail({ couch }: { couch: Couch }, before: string): AsyncGenerator<Entry> {
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

function isMeant({ at, action, actor, subject, details }: Entry, q: string): boolean {
  if (q === '') return true;
  const text = [at, action, actor, subject, JSON.stringify(details ?? {})].join(' ').toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

const detailsOf = ({ details = {} }: Entry): string =>
  Object.entries(details)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

/** E-mail addresses of the accounts that are spoken of. */
async function namesOf({ couch }: { couch: Couch }, entries: Entry[]): Promise<Map<string, string>> {
  const ids = [...new Set(entries.flatMap(({ actor, subject }) => [actor, subject]))].filter(
    (id): id is string => typeof id === 'string' && /^[\w-]{1,64}$/.test(id),
  );
  const docs = await couch.getMany<AccountDoc>('accounts', ids.map(accountId));
  return new Map(docs.flatMap((doc) => (doc ? [[doc.account, doc.email]] : [])));
}

/** A spreadsheet takes what begins like a formula for one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
