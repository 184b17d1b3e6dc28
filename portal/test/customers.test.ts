import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './eventually.ts';
import { startStack } from './stack.ts';

test('the operator and the customers', async (t) => {
  const { account, accounts, visitor, portal } = await startStack(t);
  const operator = await visitor(await account({ role: 'operator', name: 'Odile' }));

  await t.test('an empty list shows the next step', async () => {
    const page = await (await operator.get('/customers')).text();
    assert.match(page, /No customers yet/);
    assert.match(page, /href="\/customers\/new"/);
    const isEmpty = async () =>
      /No booth yet.*typed its code/s.test(await (await operator.get('/fleet')).text());
    await eventually('the fleet, once it is read', isEmpty);
  });

  await t.test('a customer created with a password can log in', async () => {
    const fields = {
      name: 'Camille <b>',
      email: 'camille@example.com',
      language: 'fr',
      password: 'une phrase entière',
    };
    const res = await operator.post('/customers', fields);
    assert.equal(res.status, 200);
    const page = await res.text();
    assert.doesNotMatch(page, /une phrase entière|<b>/);
    const camille = await visitor({ email: fields.email, password: fields.password });
    assert.match(await (await camille.get('/')).text(), /Hello Camille|Bonjour Camille/);
  });

  await t.test('an invitation is shown once, works once, and logs in', async () => {
    const res = await operator.post('/customers', {
      name: 'Noé',
      email: 'noe@example.com',
      language: 'fr',
      password: '',
    });
    assert.equal(res.headers.get('cache-control'), 'no-store');
    const [, path = ''] = new RegExp(`${portal.url}(/invitation/[\\w-]{43})`).exec(await res.text()) ?? [];
    assert.ok(path);
    const list = await (await operator.get('/customers')).text();
    assert.doesNotMatch(list, new RegExp(path));

    const noe = await visitor();
    const form = await noe.get(path);
    assert.equal(form.status, 200);
    assert.match(await form.text(), /Hello Noé/);
    assert.equal((await noe.post(path, { password: 'short', again: 'short' })).status, 422);
    assert.equal((await noe.post(path, { password: 'une phrase entière', again: 'une autre' })).status, 422);
    const done = await noe.post(path, { password: 'une phrase entière', again: 'une phrase entière' });
    assert.equal(done.status, 303);
    assert.match(await (await noe.get('/')).text(), /Hello No|Bonjour No/);

    const late = await visitor();
    assert.equal((await late.get(path)).status, 404);
    assert.equal(
      (await late.post(path, { password: 'la mienne alors', again: 'la mienne alors' })).status,
      404,
    );
    assert.ok(await accounts.login('noe@example.com', 'une phrase entière'));
  });

  await t.test('a second invitation replaces the first', async () => {
    await operator.post('/customers', {
      name: 'Ivo',
      email: 'ivo@example.com',
      language: 'en',
      password: '',
    });
    const ivo = await accounts.byEmail('ivo@example.com');
    const res = await operator.post(`/customers/${ivo?.id}/invitation`);
    assert.match(await res.text(), /\/invitation\/[\w-]{43}/);
    const camille = await accounts.byEmail('camille@example.com');
    for (const id of [camille?.id, 'nobody']) {
      assert.equal((await operator.post(`/customers/${id}/invitation`)).status, 404);
    }
  });

  await t.test('who tries invitations at random soon has to wait, and who has one has not', async () => {
    const zed = { name: 'Zed', email: 'zed@later.example', language: 'en', password: '' };
    const made = await (await operator.post('/customers', zed)).text();
    const [path = ''] = /\/invitation\/[\w-]{43}/.exec(made) ?? [];
    const stranger = await visitor();
    const from = { 'x-forwarded-for': '192.0.2.1' };
    const tries: number[] = [];
    for (let n = 0; n < 32; n += 1)
      tries.push((await stranger.get(`/invitation/${String(n).padStart(43, 'A')}`, from)).status);
    assert.deepEqual(tries, [...Array(30).fill(404), 429, 429]);
    assert.equal((await stranger.get(path, from)).status, 200);
    const password = 'une phrase entière';
    assert.equal((await stranger.post(path, { password, again: password }, from)).status, 303);
  });

  await t.test(
    'an invitation that went to a wrong address is sent to the right one, until it is accepted',
    async () => {
      const linkOf = async (answer: Response) =>
        /\/invitation\/[\w-]{43}/.exec(await answer.text())?.[0] ?? '';
      const wrong = { name: 'Zoé', email: 'zoe@exemple.invalid', language: 'fr', password: '' };
      const first = await linkOf(await operator.post('/customers', wrong));
      const { id = '' } = (await accounts.byEmail(wrong.email)) ?? {};
      const correct = (email: string, of = id) => operator.post(`/customers/${of}/address`, { email });
      assert.match(await (await operator.get(`/customers/${id}`)).text(), /Is the address wrong/);
      for (const [email, message] of [
        ['zoe', /complete e-mail address/],
        ['IVO@example.com', /already has an account/],
      ] as const) {
        const refused = await correct(email);
        assert.equal(refused.status, 422);
        assert.match(await refused.text(), message);
      }
      assert.equal((await accounts.byEmail(wrong.email))?.id, id, 'nothing was changed');
      const zoe = await visitor();
      const second = await linkOf(await correct('Zoe@example.com'));
      assert.equal((await zoe.get(first)).status, 404, 'whoever got that one comes in no more');
      assert.equal(await accounts.byEmail(wrong.email), undefined);
      const password = 'une phrase entière';
      assert.equal((await zoe.post(second, { password, again: password })).status, 303);
      assert.ok(await accounts.login('zoe@example.com', password), 'she logs in');

      for (const email of ['zoe@example.com', 'odile@example.com'])
        assert.equal((await correct(email)).headers.get('location'), `/customers/${id}`, 'it is her own now');
      assert.ok(await accounts.login('zoe@example.com', password), 'she logs in');
      assert.doesNotMatch(await (await operator.get(`/customers/${id}`)).text(), /Is the address wrong/);
      for (const email of [wrong.email, 'odile@example.com'])
        assert.equal((await operator.post('/customers', { ...wrong, email })).status, 200, 'is anybody’s');
    },
  );

  await t.test('a customer is found by a search, and the page says when there is none', async () => {
    const found = async (query: string) => await (await operator.get(`/customers?${query}`)).text();
    const ivo = await found('q=IVO');
    assert.match(ivo, /ivo@example\.com/);
    assert.doesNotMatch(ivo, /noe@example\.com/);
    assert.doesNotMatch(await found('state=active'), /ivo@example\.com/);
    assert.match(await found('q=example&state=invited'), /ivo@example\.com/);
    const none = await found('q=%22%3E%3Cb%3E');
    assert.match(none, /No customer is like that/);
    assert.doesNotMatch(none, /<b>|No customers yet/);
    assert.match(none, /href="\/customers\/new"/);
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['no name', { name: ' ' }, /Give a name/],
    ['a bad address', { email: 'not an address' }, /complete e-mail address/],
    ['a taken address', { email: 'CAMILLE@example.com' }, /already has an account/],
    ['a short password', { password: 'short' }, /at least 8 characters/i],
    ['a common password', { password: 'password123' }, /so common/],
  ];
  for (const [what, over, message] of wrong) {
    await t.test(`refused with the reason: ${what}`, async () => {
      const fields = { name: 'Zed', email: 'zed@example.com', language: 'en', password: '', ...over };
      const res = await operator.post('/customers', fields);
      assert.equal(res.status, 422);
      assert.match(await res.text(), message);
      assert.equal(await accounts.byEmail('zed@example.com'), undefined);
    });
  }
});
