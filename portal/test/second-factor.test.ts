import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountDoc, SessionDoc } from '@photomaton/design-docs/docs';
import { accountId } from '@photomaton/design-docs/docs';
import { Secret, TOTP } from 'otpauth';
import { openSecondFactor } from '../accounts/second-factor.ts';
import { openSecrets } from '../secrets.ts';
import type { Visitor } from './browser.ts';
import { eventually } from './eventually.ts';
import { startStack } from './stack.ts';

const codeAt = (secret: string, timestamp: number) =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp });

test('codes of RFC 6238, each good once', async (t) => {
  const { couch, account, dataDir } = await startStack(t);
  const secrets = await openSecrets({ dataDir });
  let now = Date.parse('2026-07-14T12:00:10.000Z');
  const factor = openSecondFactor({ couch, secrets, now: () => new Date(now) });
  const { id } = await account();
  const docOf = () => couch.get<AccountDoc>('accounts', accountId(id));

  await t.test('an app is told what the RFC’s own examples are made of', () => {
    // RFC 6238, appendix B, SHA-1, to six digits.
    const secret = Secret.fromLatin1('12345678901234567890').base32;
    for (const [seconds, code] of [
      [59, '287082'],
      [1111111109, '081804'],
      [20000000000, '353130'],
    ] as const)
      assert.equal(codeAt(secret, seconds * 1000), code);
    const address = new URL(factor.addressOf(secret, 'léa@example.com'));
    assert.equal(address.protocol, 'otpauth:');
    assert.equal(address.searchParams.get('secret'), secret);
    assert.equal(address.searchParams.get('issuer'), 'Photomaton');
  });

  const secret = factor.draw();
  await t.test('it is on when a code has proven that the app knows it', async () => {
    assert.equal(await factor.enable(id, secret, '000000'), undefined);
    assert.equal((await docOf())?.secondFactor, undefined);
    const codes = await factor.enable(id, secret, codeAt(secret, now));
    assert.equal(new Set(codes).size, 10);
    const stored = JSON.stringify(await docOf());
    for (const clear of [secret, ...(codes ?? [])]) assert.ok(!stored.includes(clear));
    assert.equal(await factor.pass(id, codeAt(secret, now)), false, 'the code of the set-up was used');
  });

  await t.test('a code is good in the steps around its own, once', async () => {
    now += 60_000;
    for (const [offMs, isGood] of [
      [-60_000, false],
      [60_000, false],
      [-30_000, true],
      [-30_000, false],
      [30_000, true],
      [0, false], // older than one that was used
    ] as const)
      assert.equal(await factor.pass(id, codeAt(secret, now + offMs)), isGood, `${offMs} ms`);
  });

  await t.test('of ten at once with the same code, one passes', async () => {
    now += 300_000;
    const code = codeAt(secret, now);
    const passed = await Promise.all(
      Array.from({ length: 10 }, () => factor.pass(id, code).catch(() => false)),
    );
    assert.equal(passed.filter(Boolean).length, 1);
  });

  await t.test('a recovery code is good once, however it is typed', async () => {
    now += 300_000;
    const [first = '', second = ''] = (await factor.enable(id, secret, codeAt(secret, now))) ?? [];
    assert.equal(await factor.pass(id, first.toUpperCase().replaceAll('-', ' ')), true);
    assert.equal(await factor.pass(id, first), false);
    assert.equal(await factor.pass(id, second), true);
    assert.equal(await factor.pass(id, ''), false);
    await factor.disable(id);
    assert.equal(await factor.pass(id, codeAt(secret, now + 30_000)), false);
  });
});

/** Sets it up as the page says; gives the recovery codes. */
async function setUp(visitor: Visitor): Promise<string[]> {
  const page = await (await visitor.get('/account/second-factor')).text();
  const secret = (/id="key">([A-Z2-7 ]+)</.exec(page)?.[1] ?? '').replaceAll(' ', '');
  assert.match(page, /<img[^>]+src="data:image\/svg\+xml;base64,/);
  const done = await visitor.post('/account/second-factor', { code: codeAt(secret, Date.now()) });
  assert.equal(done.headers.get('cache-control'), 'no-store');
  return [...(await done.text()).matchAll(/<li>([a-z0-9-]{23})<\/li>/g)].map(([, code = '']) => code);
}

test('an operator gets no further than the set-up, and then needs a code', async (t) => {
  const { accounts, couch, visitor } = await startStack(t);
  const login = { email: 'odile@example.com', password: 'une phrase entière' };
  await accounts.create({ role: 'operator', name: 'Odile', language: 'en', ...login });
  const odile = await visitor(login);
  for (const page of ['/customers', '/customers/new']) {
    assert.equal((await odile.get(page)).headers.get('location'), '/account/second-factor', page);
  }
  const refused = await odile.post('/customers', { name: 'Zed', email: 'zed@example.com', language: 'en' });
  assert.equal(refused.status, 303);
  assert.equal(await accounts.byEmail('zed@example.com'), undefined);

  const elsewhere = await visitor(login);
  const codes = await setUp(odile);
  assert.equal(codes.length, 10);
  assert.equal((await odile.get('/customers')).status, 200);
  assert.equal((await elsewhere.get('/account')).status, 303, 'who was in without it is out');
  assert.equal((await odile.post('/account/second-factor', { off: 'yes' })).status, 404, 'operators keep it');

  const half = await visitor();
  assert.equal((await half.post('/login', login)).headers.get('location'), '/login/code?next=%2F');
  assert.equal((await half.get('/account')).status, 303, 'a password alone is not enough');
  assert.equal((await half.post('/login/code', { code: '000000' })).status, 401);
  const before = half.cookies();
  assert.equal((await half.post('/login/code', { code: codes[0] ?? '' })).status, 303);
  assert.notEqual(half.cookies(), before, 'the session is a new one');
  assert.equal((await half.get('/customers')).status, 200);
  await assert.rejects((await visitor()).login({ ...login, recoveryCodes: [codes[0] ?? ''] }), /401/);

  await t.test('a password waits ten minutes for its code', async () => {
    const late = await visitor();
    await late.post('/login', login);
    assert.equal((await late.get('/login/code')).status, 200);
    for (const { _id } of await couch.range<SessionDoc>('sessions', { startkey: 'session:', limit: 1000 }))
      await couch.update<SessionDoc>('sessions', _id, (doc) => {
        const { halfway, ...data } = doc?.data ? JSON.parse(doc.data) : {};
        if (!doc || !halfway) return undefined;
        assert.ok(Date.parse(halfway.until) <= Date.now() + 600_000);
        const over = { ...halfway, until: new Date().toISOString() };
        return { ...doc, data: JSON.stringify({ ...data, halfway: over }) };
      });
    await eventually('too late', async () => (await late.get('/login/code')).status === 303);
    const refused = await late.post('/login/code', { code: codes[1] ?? '' });
    assert.equal(refused.headers.get('location'), '/login?next=%2F');
  });

  await t.test(
    'codes cannot be tried without end, and a reset does in place of the password only',
    async () => {
      const guesser = await visitor();
      await guesser.post('/login', login);
      const statuses: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        statuses.push((await guesser.post('/login/code', { code: String(100_000 + n) })).status);
      }
      assert.equal(statuses.at(-1), 429);
      const { id = '' } = (await accounts.byEmail(login.email)) ?? {};
      const link = await accounts.reset(id);
      const password = 'une autre phrase';
      const reset = await guesser.post(`/invitation/${link?.token}`, { password, again: password });
      assert.equal(reset.headers.get('location'), '/login/code?next=%2F');
      assert.equal((await guesser.get('/customers')).status, 303);
    },
  );
});
