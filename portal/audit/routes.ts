import { pipeline } from 'node:stream/promises';
import type { Couch } from '@photomaton/couch';
import express, { type Router } from 'express';
import { requireFresh, requireOperator } from '../accounts/require.ts';
import type { Audit } from './audit.ts';
import { namesOf } from './names.ts';
import { actionWords, detailWords, type Entry, isMeant, searchFor, trail } from './trail.ts';

const SHOWN = 100;
/** Read for one page; a search that finds little goes on from there. */
const MOST_READ = 5_000;

/** `/audit`: the trail, the latest first, with a search, and as a file. */
export function auditRoutes({ couch, audit }: { couch: Couch; audit: Audit }): Router {
  const router = express.Router();

  router.get('/audit', requireOperator, async (req, res) => {
    const q = textOf(req.query.q);
    const search = await searchFor({ couch }, q);
    const { t } = res.locals;
    const entries: Entry[] = [];
    let older: string | undefined;
    let read = 0;
    for await (const entry of trail({ couch }, textOf(req.query.before))) {
      if (entries.length === SHOWN || read === MOST_READ) break;
      read += 1;
      older = entry._id;
      if (isMeant(entry, search, t)) entries.push(entry);
    }
    const nameOf = await namesOf({ couch }, entries);
    const day = new Intl.DateTimeFormat(res.locals.lang, { dateStyle: 'medium', timeStyle: 'medium' });
    const link = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;
    res.render('audit/list', {
      q,
      entries: entries.map((entry) => ({
        at: day.format(new Date(entry.at)),
        action: actionWords(entry, t),
        actor: nameOf(entry.actor ?? '–'),
        subject: nameOf(entry.subject ?? ''),
        details: detailWords(entry, t, nameOf),
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
    const search = await searchFor({ couch }, q);
    res.attachment('audit.csv').set('Cache-Control', 'private, no-store').type('csv');
    async function* lines() {
      yield '\ufeffat,action,actor,subject,details\r\n';
      for await (const entry of trail({ couch }, '')) {
        if (!isMeant(entry, search, res.locals.t)) continue;
        const { at, action, actor, subject } = entry;
        yield `${[at, action, actor ?? '', subject ?? '', detailsOf(entry)].map(cell).join(',')}\r\n`;
      }
    }
    await pipeline(lines, res);
  });

  return router;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim().slice(0, 200) : '');

/** As stored, whatever the reader's language: for programs. */
const detailsOf = ({ details = {} }: Entry): string =>
  Object.entries(details)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

/** A spreadsheet takes what begins like a formula for one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
