import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountDoc } from '@photomaton/design-docs/docs';
import { startStack } from './stack.ts';

test('requests that must not pass', async (t) => {
  const { url, portal, couch, account, accounts, visitor } = await startStack(t);
  const operator = await account({ role: 'operator' });

  await t.test('every page carries the headers, with a nonce of its own', async () => {
    const policy = [
      ...["default-src 'none'", "script-src 'nonce'", "style-src 'self' 'nonce'", "img-src 'self' data:"],
      ...["media-src 'self'", "font-src 'self'", "manifest-src 'self'"],
      `connect-src 'self' ws://${new URL(portal.url).host}`,
      ...["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"],
    ].join(';');
    for (const path of ['/login', '/no-such-page', '/look/look.css', '/healthz', '/invitation/none']) {
      const [one, two] = await Promise.all([fetch(`${url}${path}`), fetch(`${url}${path}`)]);
      const csp = one.headers.get('content-security-policy') ?? '';
      assert.equal(csp.replaceAll(/'nonce-[\w-]{22}'/g, "'nonce'"), policy, path);
      assert.notEqual(csp, two.headers.get('content-security-policy'));
      assert.equal(one.headers.get('x-content-type-options'), 'nosniff');
      assert.equal(one.headers.get('referrer-policy'), 'same-origin');
      assert.equal(one.headers.get('x-frame-options'), 'DENY');
      assert.equal(one.headers.get('x-powered-by'), null);
    }
  });

  await t.test('a page without a form makes no session', async () => {
    const res = await fetch(`${url}/no-such-page`);
    assert.deepEqual(res.headers.getSetCookie(), []);
    const style = await fetch(`${url}/look/look.css`);
    assert.deepEqual(style.headers.getSetCookie(), []);
  });

  await t.test('a POST without a token, with a wrong or foreign one, is 403', async () => {
    const mine = await visitor(operator);
    const other = await visitor(operator);
    for (const _csrf of [undefined, '', 'wrong', await other.csrfToken()]) {
      const res = await fetch(`${url}/customers`, {
        method: 'POST',
        headers: { Cookie: mine.cookies() },
        body: new URLSearchParams({
          ...(_csrf === undefined ? {} : { _csrf }),
          name: 'Mallory',
          email: 'm@example.com',
          language: 'en',
        }),
      });
      assert.equal(res.status, 403, _csrf);
    }
    for (const path of ['/login', '/logout', '/customers', '/invitation/none', '/no-such-page']) {
      assert.equal((await fetch(`${url}${path}`, { method: 'POST' })).status, 403, path);
    }
    assert.equal(await accounts.byEmail('m@example.com'), undefined);
  });

  await t.test('a POST from a foreign site is 403 even with the right token', async () => {
    const mine = await visitor(operator);
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: portal.url, 'Sec-Fetch-Site': 'cross-site' },
    ]) {
      const res = await mine.post(
        '/customers',
        { name: 'Mallory', email: 'm@example.com', language: 'en' },
        headers,
      );
      assert.equal(res.status, 403);
    }
    assert.equal(await accounts.byEmail('m@example.com'), undefined);
    assert.equal((await mine.get('/customers')).status, 200, 'still logged in');
  });

  await t.test('unknown fields are not looked at', async () => {
    const mine = await visitor(operator);
    const fields = {
      role: 'operator',
      _id: 'account:x',
      account: 'x',
      disabled: 'true',
      __proto__: 'x',
      'constructor[prototype]': 'x',
    };
    const res = await mine.post('/customers', {
      ...fields,
      name: 'Ada',
      email: 'ada@example.com',
      language: 'en',
    });
    assert.equal(res.status, 200);
    const ada = await accounts.byEmail('ada@example.com');
    assert.equal(ada?.role, 'customer');
    assert.equal((await couch.get<AccountDoc>('accounts', `account:${ada?.id}`))?.disabled, false);
    assert.equal(await couch.get('accounts', 'account:x'), undefined);
  });

  await t.test('what is too large or malformed is refused kindly', async () => {
    const mine = await visitor(operator);
    assert.equal((await mine.post('/customers', { name: 'x'.repeat(100_000) })).status, 413);
    assert.equal((await mine.get('/invitation/%E0%A4%A')).status, 400);
    const repeated = await fetch(`${url}/login?next=a&next=b`);
    assert.equal(repeated.status, 200);
  });

  await t.test('Host and X-Forwarded-Host do not steer links', async () => {
    const mine = await visitor(operator);
    const res = await mine.post(
      '/customers',
      { name: 'Lin', email: 'lin@example.com', language: 'en' },
      { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
    );
    const page = await res.text();
    assert.match(page, new RegExp(`${portal.url}/invitation/`));
    assert.doesNotMatch(page, /evil/);
  });

  await t.test('a script that wants JSON gets its errors as JSON', async () => {
    const res = await fetch(`${url}/no-such-page`, { headers: { Accept: 'application/json' } });
    assert.equal(res.status, 404);
    assert.deepEqual(await res.json(), { error: 'missing' });
  });
});
