import { setTimeout as sleep } from 'node:timers/promises';
import { type Couch, CouchError, type Stored } from '@photomaton/couch';
import {
  type AccountDoc,
  type BoothDoc,
  type EmailClaimDoc,
  type EventDoc,
  emailClaimId,
  eventDocId,
  FLEET_VIEWS,
} from '@photomaton/design-docs/docs';
import type { Logger } from 'pino';
import { dropEvent, type Erasing } from '../events/erase-event.ts';
import { eraseDesigns } from '../templates/erase-designs.ts';

/** How long a closed account can be taken back by logging in. */
export const GRACE_DAYS = 30;
const SWEEP_EVERY_MS = 3600_000;
const PAGE = 200;

/**
 * Erases the accounts whose time of grace is over, and lets go of addresses that an account has left behind. It may
 * be cut short at any line and done again, by several nodes at once: the account goes last.
 */
export async function sweepAccounts(o: Erasing & { log: Logger; signal?: AbortSignal }): Promise<void> {
  const end = new Date(o.now().getTime() - GRACE_DAYS * 24 * 3600_000).toISOString();
  for await (const account of docsOf<AccountDoc>(o.couch, 'account:')) {
    if (o.signal?.aborted) return;
    if (account.closing === undefined) continue;
    // Whoever logged in just now has taken it back; from here on nobody can.
    const ended = await o.couch.update<AccountDoc>('accounts', account._id, (found) =>
      found?.closing !== undefined && found.closing <= end && !found.disabled
        ? { ...found, disabled: true }
        : undefined,
    );
    if (ended?.closing !== undefined && ended.disabled) await eraseAccount(o, ended);
  }
  for await (const { _id, _rev, account } of docsOf<EmailClaimDoc>(o.couch, 'email:')) {
    if (o.signal?.aborted) return;
    const owner = await o.couch.get<AccountDoc>('accounts', `account:${account}`);
    // One without an account may be of one that is being made at this moment; it blocks nobody (accounts.ts).
    if (owner && emailClaimId(owner.email) !== _id && !owner.newEmail) {
      await o.couch.remove('accounts', _id, _rev);
    }
  }
}

async function eraseAccount(o: Erasing & { log: Logger }, account: AccountDoc & Stored): Promise<void> {
  const { couch, provisioner } = o;
  const owner = account.account;
  // Booths first, so that nothing more arrives: a booth without a key can be paired by somebody else.
  for (const booth of await ownedBy<BoothDoc>(couch, owner, 'booth')) {
    await provisioner.removeDeviceKey(booth.booth);
    await provisioner.dropBoothDatabase(booth.booth);
    await couch.remove('fleet', booth._id, booth._rev);
  }
  for (const event of await ownedBy<EventDoc>(couch, owner, 'event')) {
    const erasing = event.erasing ?? o.now().toISOString();
    const begun = await couch.update<EventDoc>('fleet', eventDocId(event.event), (found) =>
      found && !found.erasing ? { ...found, erasing } : undefined,
    );
    if (begun) await dropEvent(o, begun);
  }
  await eraseDesigns(o, owner);
  await o.audit('account erased', { actor: null, subject: owner });
  const claim = await couch.get<EmailClaimDoc>('accounts', emailClaimId(account.email));
  if (claim?.account === owner) await couch.remove('accounts', claim._id, claim._rev);
  await couch.remove('accounts', account._id, account._rev);
  o.log.info({ account: owner }, 'closed account erased');
}

/** What an account has, all of it. */
export async function ownedBy<T>(
  couch: Couch,
  owner: string,
  type: 'booth' | 'event',
): Promise<(T & Stored)[]> {
  const { rows } = await couch.view<T>('fleet', FLEET_VIEWS.ddoc, FLEET_VIEWS.byOwner, {
    ...{ startkey: [owner, type], endkey: [owner, type, {}], includeDocs: true },
  });
  return rows.flatMap(({ doc }) => (doc ? [doc] : []));
}

async function* docsOf<T>(couch: Couch, prefix: string): AsyncGenerator<T & Stored> {
  for (let startkey = prefix; ; ) {
    const docs = await couch.range<T>('accounts', { startkey, endkey: `${prefix}\ufff0`, limit: PAGE });
    yield* docs;
    const last = docs.at(-1);
    if (!last || docs.length < PAGE) return;
    startkey = `${last._id}\u0000`;
  }
}

/** Sweeps at once and every hour until aborted. A database that is away is tried again at the next turn. */
export async function keepAccountsSwept(o: Erasing & { log: Logger; signal: AbortSignal }): Promise<void> {
  while (!o.signal.aborted) {
    await sweepAccounts(o).catch((error: unknown) => {
      if (!(error instanceof CouchError)) throw error;
      o.log.warn({ code: error.code }, 'accounts not swept');
    });
    await sleep(SWEEP_EVERY_MS, undefined, { signal: o.signal }).catch(() => undefined);
  }
}
