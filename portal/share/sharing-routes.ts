import type { Couch, Stored } from '@photomaton/couch';
import { type EventDoc, type EventLink, eventDocId } from '@photomaton/design-docs/docs';
import { type Request, type Response, Router } from 'express';
import { toString as drawQr } from 'qrcode';
import { z } from 'zod';
import type { Passwords } from '../accounts/passwords.ts';
import { requireCustomer } from '../accounts/require.ts';
import type { Audit } from '../audit/audit.ts';
import type { Access } from '../fleet/access.ts';
import { type FormBody, isTicked, textOf } from '../web/form-body.ts';
import { type EventLinks, newNonce } from './event-links.ts';

/** Guests type it on a phone, from a card on the table. */
const PASSWORD = z.string().min(4).max(64);
const DAY = z.iso.date();

interface SharingParts {
  couch: Couch;
  access: Access;
  audit: Audit;
  links: EventLinks;
  passwords: Passwords;
  portalUrl: string;
  now(): Date;
}

type Problem = 'password' | 'last-day';
type Typed = { lastDay: string; download: boolean };

/** "Sharing" of an event: the link to all its photos is made, printed, changed and taken back. */
export function sharingRoutes(o: SharingParts): Router {
  const { couch, access, audit, links, portalUrl, now } = o;
  const router = Router();
  router.use('/events/:event/sharing', requireCustomer);
  const eventOf = (req: Request, res: Response): Promise<EventDoc & Stored> =>
    access.eventFor(res.locals.account, req.params.event);

  async function show(
    res: Response,
    event: EventDoc,
    { saved = false, problems = [], typed }: { saved?: boolean; problems?: Problem[]; typed?: Typed },
  ): Promise<void> {
    const { link } = event;
    const url = link && portalUrl + links.path(event.event, link);
    res.status(problems.length > 0 ? 422 : 200).render('share/sharing', {
      event: { id: event.event, title: event.title },
      link: link && {
        url,
        qr: await qrOf(url ?? ''),
        hasPassword: link.passwordHash !== undefined,
        isOver: link.expiresAt !== undefined && new Date(link.expiresAt) <= now(),
      },
      // As typed, when it has to be mended; a password is typed again.
      draft: typed ?? { lastDay: link ? lastDayOf(link) : '', download: link?.download ?? true },
      today: now().toISOString().slice(0, 10),
      ...{ saved, problems },
    });
  }

  router.get('/events/:event/sharing', async (req, res) => {
    await show(res, await eventOf(req, res), { saved: req.query.saved === 'yes' });
  });

  router.post('/events/:event/sharing', async (req, res) => {
    const event = await eventOf(req, res);
    const body: FormBody = req.body;
    const act = textOf(body, 'act');
    const password = textOf(body, 'password');
    const lastDay = textOf(body, 'lastDay');
    const problems: Problem[] = [];
    if (act !== 'revoke') {
      if (password !== '' && !PASSWORD.safeParse(password).success) problems.push('password');
      if (lastDay !== '' && !DAY.safeParse(lastDay).success) problems.push('last-day');
    }
    const typed = { lastDay, download: isTicked(body, 'download') };
    if (problems.length > 0) return await show(res, event, { problems, typed });
    const passwordHash = password === '' ? undefined : await o.passwords.hash(password);
    // Before it is done: of what was done there is always a record.
    await audit(act === 'revoke' ? 'event link revoked' : 'event link changed', {
      ...{ actor: event.owner, subject: event.event },
    });
    await couch.update<EventDoc>('fleet', eventDocId(event.event), (found) => {
      if (!found || found.erasing) return undefined;
      const { link: before, ...doc } = found;
      if (act === 'revoke') return before && doc;
      const kept = isTicked(body, 'open') ? undefined : before?.passwordHash;
      const hash = passwordHash ?? kept;
      const link: EventLink = {
        ...(before
          ? { nonce: before.nonce, createdAt: before.createdAt }
          : { nonce: newNonce(), createdAt: now().toISOString() }),
        download: isTicked(body, 'download'),
        ...(hash !== undefined && { passwordHash: hash }),
        ...(lastDay !== '' && { expiresAt: endOf(lastDay) }),
      };
      return { ...doc, link };
    });
    res.redirect(303, `/events/${event.event}/sharing?saved=yes`);
  });

  /** To be put on a table, or on the door. */
  router.get('/events/:event/sharing/print', async (req, res) => {
    const event = await eventOf(req, res);
    if (!event.link) return res.redirect(303, `/events/${event.event}/sharing`);
    const url = portalUrl + links.path(event.event, event.link);
    res.render('share/print', {
      ...{ title: event.title, id: event.event, url, qr: await qrOf(url) },
      hasPassword: event.link.passwordHash !== undefined,
    });
  });

  return router;
}

const HALF_A_DAY_MS = 12 * 3600_000;

/** The whole of a link's last day counts, wherever on earth its guests are. */
const endOf = (day: string): string => new Date(`${day}T23:59:59-12:00`).toISOString();

const lastDayOf = ({ expiresAt }: EventLink): string =>
  expiresAt === undefined ? '' : new Date(Date.parse(expiresAt) - HALF_A_DAY_MS).toISOString().slice(0, 10);

/** As an address that an image can have; black on white with its quiet zone. */
async function qrOf(text: string): Promise<string> {
  const svg = await drawQr(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 });
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
