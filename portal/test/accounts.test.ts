import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { hash } from '@node-rs/argon2';
import { type AccountDoc, accountId, type EmailClaimDoc, emailClaimId } from '@photomaton/design-docs/docs';
import { type AccountRow, type NewAccount, openAccounts } from '../accounts/accounts.ts';
import { findCustomers } from '../accounts/customer-list.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { readdress } from '../accounts/readdress.ts';
import { startStack } from './stack.ts';

const DAY_MS = 24 * 3600_000;

test('accounts in CouchDB', async (t) => {
  const { couch } = await startStack(t);
  const passwords = await openPasswords();
  let nowMs = Date.now();
  const accounts = openAccounts({ couch, passwords, now: () => new Date(nowMs) });
  const someone = (over: Partial<NewAccount> = {}): NewAccount => ({
    role: 'customer',
    name: 'Noé',
    email: `${randomBytes(4).toString('hex')}@example.com`,
    language: 'fr',
    ...over,
  });
  async function created(o: NewAccount) {
    const result = await accounts.create(o);
    assert.equal(result.kind, 'created');
    return result.kind === 'created' ? result : assert.fail();
  }

  await t.test('an address, however typed, belongs to one account', async () => {
    const o = someone({ email: 'Camille@Example.com', password: 'une phrase entière' });
    const { account } = await created(o);
    assert.deepEqual(await accounts.create(someone({ email: ' camille@example.COM' })), {
      kind: 'email-taken',
    });
    assert.equal((await accounts.login('camille@example.com', 'une phrase entière'))?.id, account.id);
    assert.equal(account.email, 'Camille@Example.com');
  });

  await t.test('of ten at once, one gets the address', async () => {
    const email = 'race@example.com';
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, i) => accounts.create(someone({ email, name: `n${i}` }))),
    );
    const winners = results.filter(({ kind }) => kind === 'created');
    assert.equal(winners.length, 1);
    const [winner] = winners;
    const found = await accounts.byEmail(email);
    assert.equal(found?.name, winner?.kind === 'created' ? winner.account.name : undefined);
  });

  await t.test('a claim left by a crash does not block its address', async () => {
    const email = 'crash@example.com';
    await couch.put<EmailClaimDoc>('accounts', {
      _id: emailClaimId(email),
      type: 'email',
      account: 'abandoned',
    });
    assert.equal(await accounts.byEmail(email), undefined);
    await created(someone({ email, password: 'une phrase entière' }));
    assert.ok(await accounts.login(email, 'une phrase entière'));
  });

  await t.test('login: the right password of an account that is not disabled', async () => {
    const o = someone({ password: 'une phrase entière' });
    const { account } = await created(o);
    assert.equal((await accounts.login(o.email, 'une phrase entière'))?.id, account.id);
    assert.equal(await accounts.login(o.email, 'une autre phrase'), undefined);
    assert.equal(await accounts.login('nobody@example.com', 'une phrase entière'), undefined);
    assert.equal(await accounts.login('x'.repeat(10_000), 'une phrase entière'), undefined);
    await couch.update<AccountDoc>(
      'accounts',
      accountId(account.id),
      (doc) => doc && { ...doc, disabled: true },
    );
    assert.equal(await accounts.login(o.email, 'une phrase entière'), undefined);
    assert.equal(await accounts.ofSession(account.id, new Date(nowMs).toISOString()), undefined);
  });

  await t.test('a weaker hash is made again at login', async () => {
    const { account } = await created(someone({ password: 'une phrase entière' }));
    const passwordHash = await hash('une phrase entière', { memoryCost: 1024, timeCost: 1 });
    await couch.update<AccountDoc>(
      'accounts',
      accountId(account.id),
      (doc) => doc && { ...doc, passwordHash },
    );
    assert.ok(await accounts.login(account.email, 'une phrase entière'));
    const doc = await couch.get<AccountDoc>('accounts', accountId(account.id));
    assert.match(doc?.passwordHash ?? '', /m=19456,t=2,p=1/);
    assert.ok(await accounts.login(account.email, 'une phrase entière'));
  });

  await t.test('a new password ends the sessions that began before', async () => {
    const { account } = await created(someone({ password: 'une phrase entière' }));
    const began = new Date(nowMs).toISOString();
    assert.ok(await accounts.ofSession(account.id, began));
    nowMs += 1000;
    await accounts.setPassword(account.id, 'une autre phrase');
    assert.equal(await accounts.ofSession(account.id, began), undefined);
    assert.ok(await accounts.ofSession(account.id, new Date(nowMs).toISOString()));
    assert.equal(await accounts.login(account.email, 'une phrase entière'), undefined);
    assert.ok(await accounts.login(account.email, 'une autre phrase'));
  });

  await t.test('an invitation works once, is stored as a hash, and lets nobody log in before', async () => {
    const { account, invitation = '' } = await created(someone());
    const doc = await couch.get<AccountDoc>('accounts', accountId(account.id));
    assert.ok(!JSON.stringify(doc).includes(invitation));
    assert.equal(await accounts.login(account.email, ''), undefined);
    assert.equal((await accounts.invited(invitation))?.id, account.id);
    assert.equal(await accounts.invited(`${invitation}x`), undefined);

    const uses = await Promise.all(
      [1, 2, 3].map((n) => accounts.acceptInvitation(invitation, `une phrase ${n} fois`)),
    );
    const used = uses.findIndex((use) => use !== undefined);
    assert.equal(uses.filter((use) => use !== undefined).length, 1);
    assert.ok(await accounts.login(account.email, `une phrase ${used + 1} fois`));
    assert.equal(await accounts.invited(invitation), undefined);
    assert.equal(await accounts.acceptInvitation(invitation, 'une dernière phrase'), undefined);
    assert.equal(await accounts.invite(account.id), undefined, 'who has a password needs no invitation');
  });

  await t.test('an invitation ends after seven days, and with the next one', async () => {
    const { account, invitation = '' } = await created(someone());
    const next = await accounts.invite(account.id);
    assert.equal(await accounts.invited(invitation), undefined);
    nowMs += 7 * DAY_MS - 1000;
    assert.ok(await accounts.invited(next?.token ?? ''));
    nowMs += 2000;
    assert.equal(await accounts.acceptInvitation(next?.token ?? '', 'une phrase entière'), undefined);
  });

  await t.test('the link that went to a wrong address is dead as soon as there is a right one', async () => {
    const { account, invitation = '' } = await created(someone());
    assert.equal(await readdress({ couch }, account.id, 'right@example.com'), 'done');
    assert.equal(await accounts.invited(invitation), undefined);
  });

  await t.test('a link to a new password ends after an hour', async () => {
    const { account } = await created(someone({ password: 'une phrase entière' }));
    const link = await accounts.reset(account.id);
    nowMs += 3600_000 - 1;
    assert.ok(await accounts.invited(link?.token ?? ''));
    nowMs += 1;
    assert.equal(await accounts.acceptInvitation(link?.token ?? '', 'une autre phrase'), undefined);
  });

  await t.test('customers are listed by name, page by page, nobody left out', async () => {
    const names = ['Zoé', 'Anna', 'Anna', 'Anna', 'Bruno', 'Chloé'];
    const ids = await Promise.all(names.map(async (name) => (await created(someone({ name }))).account.id));
    await created(someone({ role: 'operator', name: 'Bernard' }));
    const seen: string[] = [];
    let from: string | undefined;
    for (let page = 0; page < 50; page += 1) {
      const { rows, next } = await findCustomers({ couch }, { from, limit: 3 });
      assert.ok(rows.length <= 3 && rows.every(({ role }) => role === 'customer'));
      seen.push(...rows.map(({ id }) => id));
      if (next === undefined) break;
      from = next;
    }
    for (const id of ids) assert.ok(seen.includes(id));
  });

  await t.test(
    'customers are found by words of name and address, whatever case and accents, and by state',
    async () => {
      const made = await Promise.all(
        Array.from({ length: 7 }, async (_, n) =>
          created(
            someone({ name: `Hélène ${n}`, email: `helene-${n}@fetes.example`, password: 'une phrase' }),
          ),
        ),
      );
      await accounts.setSuspended(made[3]?.account.id ?? '', true);
      await created(someone({ name: 'Hélène sans mot de passe', email: 'later@fetes.example' }));
      const found = async (q: string, state?: AccountRow['state']) => {
        const names: string[] = [];
        for (let from: string | undefined, isMore = true; isMore; isMore = from !== undefined) {
          const page = await findCustomers({ couch }, { q, state, from, limit: 3 });
          names.push(...page.rows.map(({ name }) => name.replace('Hélène ', '')));
          from = page.next;
        }
        return names;
      };
      assert.deepEqual(await found('FETES.example helene'), [
        '0',
        '1',
        '2',
        '3',
        '4',
        '5',
        '6',
        'sans mot de passe',
      ]);
      assert.deepEqual(await found('fêtes', 'active'), ['0', '1', '2', '4', '5', '6']);
      assert.deepEqual(await found('helene', 'disabled'), ['3']);
      assert.deepEqual(await found('hélène fetes', 'invited'), ['sans mot de passe']);
      assert.deepEqual(await found('hélène nobody'), []);
    },
  );
});
