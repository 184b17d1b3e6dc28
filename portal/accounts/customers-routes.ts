import type { Couch } from '@photomaton/couch';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Audit } from '../audit/audit.ts';
import { boothCard } from '../fleet/booth-card.ts';
import { listBooths } from '../fleet/booth-list.ts';
import type { Post } from '../mail.ts';
import { notFound } from '../web/http-errors.ts';
import type { Account, Accounts } from './accounts.ts';
import { CUSTOMER_STATES, findCustomers } from './customer-list.ts';
import { MIN_LENGTH, type PasswordProblem, type Passwords } from './passwords.ts';
import { readdress } from './readdress.ts';
import { requireFresh, requireOperator } from './require.ts';

const PAGE = 50;

const form = z.object({
  name: z.string().trim().min(1).max(100),
  email: z.email().max(254),
  language: z.enum(['fr', 'en']),
  password: z.string(),
});

interface Draft {
  name: string;
  email: string;
  language: string;
}
type Problems = { name?: true; email?: 'form' | 'taken'; password?: PasswordProblem };

/** `/customers`: the operator lists customers, creates one, and gives out invitation links. */
export function customersRoutes(o: {
  accounts: Accounts;
  passwords: Passwords;
  audit: Audit;
  post: Post;
  portalUrl: string;
  couch: Couch;
  now: () => Date;
}): Router {
  const { accounts, passwords, audit } = o;
  const router = express.Router();
  const linkOf = (token: string): string => `${o.portalUrl}/invitation/${token}`;

  router.use('/customers', requireOperator);

  router.get('/customers', async (req, res) => {
    const q = textOf(req.query.q).trim().slice(0, 100);
    const state = CUSTOMER_STATES.find((one) => one === req.query.state);
    const from = isId(req.query.from) ? req.query.from : undefined;
    const { rows, next } = await findCustomers(o, { q, state, from, limit: PAGE });
    const nextHref = next && `/customers?${new URLSearchParams({ q, state: state ?? '', from: next })}`;
    const isSearch = q !== '' || state !== undefined;
    res.render('accounts/customers', { rows, q, state, states: CUSTOMER_STATES, isSearch, nextHref });
  });

  router.get('/customers/new', (_req, res) => {
    showForm(res, { name: '', email: '', language: res.locals.lang }, {});
  });

  router.post('/customers', async (req, res) => {
    const draft = draftOf(req.body);
    const parsed = form.safeParse({ ...draft, password: textOf(req.body.password) });
    const password = textOf(req.body.password);
    const weakness = password === '' ? undefined : passwords.problem(password);
    if (!parsed.success || weakness) {
      const failed = new Set(parsed.error?.issues.map(({ path }) => path[0]));
      return showForm(res, draft, {
        ...(failed.has('name') ? { name: true } : {}),
        ...(failed.has('email') ? { email: 'form' } : {}),
        ...(weakness ? { password: weakness } : {}),
      });
    }
    const { name, email, language } = parsed.data;
    const created = await accounts.create({
      role: 'customer',
      name,
      email,
      language,
      ...(password === '' ? {} : { password }),
    });
    if (created.kind === 'email-taken') return showForm(res, draft, { email: 'taken' });
    await audit('customer created', { actor: res.locals.account?.id ?? null, subject: created.account.id });
    if (created.invitation !== undefined)
      return await handOver(res, 'invitation', created.account, created.invitation);
    res.render('accounts/customer-created', { name, email, link: undefined, isSent: false });
  });

  router.post('/customers/:account/invitation', async (req, res) => {
    const invited = isId(req.params.account) ? await accounts.invite(req.params.account) : undefined;
    if (!invited) notFound();
    const { account, token } = invited;
    await audit('invitation made', { actor: res.locals.account?.id ?? null, subject: account.id });
    await handOver(res, 'invitation', account, token);
  });

  /** A customer of ours, or the 404. */
  async function customerOf(req: Request): Promise<NonNullable<Awaited<ReturnType<Accounts['customer']>>>> {
    const { account: id } = req.params;
    return (isId(id) ? await accounts.customer(id) : undefined) ?? notFound();
  }

  async function show(req: Request, res: Response, typed: { email: string; problem?: Problems['email'] }) {
    const customer = await customerOf(req);
    const { booths } = await listBooths(o, customer.id);
    res.status(typed.problem ? 422 : 200).render('accounts/customer', {
      ...{ customer, email: typed.email, problem: typed.problem },
      booths: booths.map((row) => boothCard(row, o.now(), res.locals)),
    });
  }

  router.get('/customers/:account', (req, res) => show(req, res, { email: '' }));

  router.post('/customers/:account/address', requireFresh, async (req, res) => {
    const { id } = await customerOf(req);
    const email = textOf(req.body.email).trim();
    if (!form.shape.email.safeParse(email).success) return await show(req, res, { email, problem: 'form' });
    const moved = await readdress(o, id, email);
    if (moved === 'taken') return await show(req, res, { email, problem: 'taken' });
    const invited = moved === 'done' ? await accounts.invite(id) : undefined;
    if (!invited) return res.redirect(303, `/customers/${id}`); // accepted or suspended meanwhile, as its page says
    await audit('invitation readdressed', {
      actor: res.locals.account?.id ?? null,
      subject: id,
      details: { to: email },
    });
    await handOver(res, 'invitation', invited.account, invited.token);
  });

  for (const [action, isSuspended] of [
    ['suspend', true],
    ['resume', false],
  ] as const) {
    router.post(`/customers/:account/${action}`, requireFresh, async (req, res) => {
      const { id } = await customerOf(req);
      await accounts.setSuspended(id, isSuspended);
      const actor = res.locals.account?.id ?? null;
      await audit(isSuspended ? 'customer suspended' : 'customer resumed', { actor, subject: id });
      res.redirect(303, `/customers/${id}`);
    });
  }

  router.post('/customers/:account/reset', requireFresh, async (req, res) => {
    const made = await accounts.reset((await customerOf(req)).id);
    if (!made) notFound();
    await audit('reset made', { actor: res.locals.account?.id ?? null, subject: made.account.id });
    await handOver(res, 'reset', made.account, made.token);
  });

  /** By mail; or shown in the answer itself, and never again: it is stored only as a hash. */
  async function handOver(res: Response, letter: 'invitation' | 'reset', account: Account, token: string) {
    const link = linkOf(token);
    const isSent = await o.post.send(letter, account, { link });
    const { name, email } = account;
    res.set('Cache-Control', 'no-store').render('accounts/customer-created', { name, email, link, isSent });
  }

  return router;
}

function showForm(res: Response, draft: Draft, problems: Problems): void {
  const failed = Object.keys(problems).length > 0;
  res.status(failed ? 422 : 200).render('accounts/customer-new', { draft, problems, minLength: MIN_LENGTH });
}

/** Only the fields we know; anything else that was sent is not looked at. */
function draftOf(body: Record<string, unknown>): Draft {
  return { name: textOf(body.name), email: textOf(body.email).trim(), language: textOf(body.language) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Well-formed, so that it may become part of a document's id. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value);
}
