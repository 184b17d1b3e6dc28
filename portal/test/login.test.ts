import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditDoc } from '@photomaton/design-docs/docs';
import { openVisitor } from './browser.ts';
import { startStack } from './stack.ts';

test('logging in and out', async (t) => {
  const { url, couch, account, visitor } = await startStack(t);
  const customer = await account();
  const operator = await account({ role: 'operator' });
  const isIn = async (cookies: string): Promise<boolean> => {
    const res = await fetch(`${url}/no-such-page`, { headers: { Cookie: cookies } });
    return /action="\/logout"/.test(await res.text());
  };

  await t.test('who is not logged in is sent to the login page and back', async () => {
    const nobody = await visitor();
    const sent = await nobody.get('/customers?from=B');
    assert.equal(sent.status, 303);
    assert.equal(sent.headers.get('location'), `/login?next=${encodeURIComponent('/customers?from=B')}`);
    const { email, password } = operator;
    const half = await nobody.post('/login', { email, password, next: '/customers?from=B' });
    assert.equal(half.headers.get('location'), '/login/code?next=%2Fcustomers%3Ffrom%3DB');
    assert.equal((await nobody.get('/customers?from=B')).status, 303, 'not in before the code');
    const code = operator.recoveryCodes?.pop() ?? '';
    const back = await nobody.post('/login/code', { code, next: '/customers?from=B' });
    assert.equal(back.headers.get('location'), '/customers?from=B');
    assert.equal((await nobody.get('/customers?from=B')).status, 200);
  });

  await t.test('a foreign next= leads home', async () => {
    const { email, password } = customer;
    for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const page = await (await visitor()).get(`/login?next=${encodeURIComponent(next)}`);
      assert.match(await page.text(), /name="next" value="\/"/);
      const res = await (await visitor()).post('/login', { email, password, next });
      assert.equal(res.headers.get('location'), '/');
    }
  });

  await t.test('the session id changes at login, and the old one is dead', async () => {
    const guest = await visitor();
    // Read to its end, the page's session is stored, and is the one that logs in.
    await guest.csrfToken();
    const before = guest.cookies();
    assert.match(before, /^photomaton=[^;]+$/);
    await guest.login(customer);
    assert.ok(!guest.cookies().includes(before));
    assert.equal(await isIn(guest.cookies()), true);
    assert.equal(await isIn(before), false);
  });

  await t.test('after logging out the session is dead, also where its cookie was copied', async () => {
    const guest = await visitor(customer);
    const copied = guest.cookies();
    assert.equal(await isIn(copied), true);
    assert.equal((await guest.post('/logout')).headers.get('location'), '/login');
    assert.equal(await isIn(copied), false);
    assert.equal((await guest.get('/')).headers.get('location'), '/login');
  });

  await t.test('a page in flight during the logout does not bring the session back', async () => {
    const guest = await visitor(customer);
    const copied = guest.cookies();
    const [out] = await Promise.all([
      guest.post('/logout'),
      ...Array.from({ length: 20 }, () => isIn(copied)),
    ]);
    assert.equal(out.status, 303);
    assert.equal(await isIn(copied), false);
  });

  await t.test('each role has its own home, and the other gets a 404 there', async () => {
    assert.match(await (await (await visitor(customer)).get('/')).text(), /Hello Camille/);
    assert.equal((await (await visitor()).get('/')).headers.get('location'), '/login');
    assert.equal((await (await visitor(operator)).get('/')).headers.get('location'), '/customers');
    const wrong = await (await visitor(customer)).get('/customers');
    const none = await (await visitor(customer)).get('/no-such-page');
    assert.equal(wrong.status, 404);
    const withoutNonces = async (res: Response) =>
      (await res.text()).replaceAll(/_csrf" value="\w+"|\?lang|no-such-page|customers/g, '');
    assert.equal(await withoutNonces(wrong), await withoutNonces(none));
  });

  await t.test('a wrong password and an unknown address get the same answer', async () => {
    const answers = await Promise.all(
      [customer.email, 'nobody@example.com'].map(async (email) => {
        const res = await (await visitor()).post('/login', { email, password: 'a wrong password' });
        const body = (await res.text()).replaceAll(email, '').replaceAll(/value="[0-9a-f]{64}"/g, '');
        return { status: res.status, body };
      }),
    );
    assert.equal(answers[0]?.status, 401);
    assert.match(answers[0]?.body ?? '', /do not go together/);
    assert.deepEqual(answers[0], answers[1]);
  });

  await t.test('and about the same time', async () => {
    const took = async (email: string): Promise<number> => {
      const guest = openVisitor({ url });
      const token = await guest.csrfToken();
      const begin = performance.now();
      await fetch(`${url}/login`, {
        method: 'POST',
        body: new URLSearchParams({ _csrf: token, email, password: 'a wrong password' }),
        headers: { Cookie: guest.cookies(), 'X-Forwarded-For': '192.0.2.77' },
      });
      return performance.now() - begin;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      known.push(await took(customer.email));
      unknown.push(await took('nobody2@example.com'));
    }
    // The quickest of each, since a busy machine only adds. Argon2id takes some 30 ms; without the dummy hash
    // an unknown address would be that much faster.
    const [a, b] = [Math.min(...known), Math.min(...unknown)];
    assert.ok(Math.abs(a - b) < 0.5 * Math.max(a, b), `${a} ms and ${b} ms`);
  });

  await t.test(
    'guessing is slowed down by account and address, and nobody is locked out elsewhere',
    async () => {
      const victim = await account();
      const from = (address: string) => ({ 'X-Forwarded-For': address });
      const guesser = await visitor();
      const statuses: number[] = [];
      let last: Response | undefined;
      for (let n = 0; n < 11; n += 1) {
        last = await guesser.post(
          '/login',
          { email: victim.email, password: `guess number ${n}` },
          from('192.0.2.1'),
        );
        statuses.push(last.status);
      }
      assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
      assert.ok(Number(last?.headers.get('retry-after')) > 60);
      assert.match((await last?.text()) ?? '', /wait 15 minutes/);
      const { email, password } = victim;
      const right = await guesser.post('/login', { email, password }, from('192.0.2.1'));
      assert.equal(right.status, 429, 'not even with the right password');
      const home = await (await visitor()).post('/login', { email, password }, from('192.0.2.2'));
      assert.equal(home.status, 303);
    },
  );

  await t.test('logins, refusals and logouts are in the audit trail, without passwords', async () => {
    const trail = await couch.range<AuditDoc>('audit', {
      startkey: 'audit:',
      endkey: 'audit:\ufff0',
      limit: 1000,
    });
    for (const action of ['login', 'login refused', 'logout']) {
      assert.ok(
        trail.some((entry) => entry.action === action),
        action,
      );
    }
    // Refused ones neither: most are somebody's, mistyped.
    for (const tried of [customer.password, 'a wrong password', 'guess number'])
      assert.ok(!JSON.stringify(trail).includes(tried), tried);
  });
});

test('with an https URL the cookie is bound to this host and to TLS', async (t) => {
  const { url, account } = await startStack(t, { url: 'https://photos.example.com' });
  const { email, password } = await account();
  const visitor = openVisitor({ url, origin: 'https://photos.example.com' });
  const tls = { 'X-Forwarded-Proto': 'https' };
  const page = await visitor.get('/login', tls);
  const [cookie = ''] = page.headers.getSetCookie();
  assert.match(cookie, /^__Host-photomaton=/);
  for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
    assert.ok(cookie.includes(attribute));
  assert.doesNotMatch(cookie, /Domain/);
  assert.match(page.headers.get('strict-transport-security') ?? '', /max-age=31536000/);
  assert.match(page.headers.get('content-security-policy') ?? '', /wss:\/\/photos\.example\.com/);
  const [, token = ''] = /name="_csrf" value="([^"]+)"/.exec(await page.text()) ?? [];
  const res = await fetch(`${url}/login`, {
    method: 'POST',
    headers: { ...tls, Cookie: visitor.cookies(), Origin: 'https://photos.example.com' },
    body: new URLSearchParams({ _csrf: token, email, password }),
    redirect: 'manual',
  });
  assert.equal(res.status, 303);
  for (const name of ['photomaton', 'device']) {
    const given = res.headers.getSetCookie().find((one) => one.startsWith(`__Host-${name}=`));
    assert.match(given ?? '', /Path=\/;.*HttpOnly; Secure/);
  }
  const [language = ''] = (await visitor.get('/login?lang=fr', tls)).headers.getSetCookie();
  assert.match(language, /^lang=fr;.* Secure/);
});
