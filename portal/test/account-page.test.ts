import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountDoc, accountId, type SessionDoc, sessionDocId } from '@photomaton/design-docs/docs';
import { deviceOf } from '../accounts/session-list.ts';
import type { Visitor } from './browser.ts';
import { eventually } from './eventually.ts';
import { openMailbox, pathIn } from './mailbox.ts';
import { ageLogins, FRESH_MS } from './old-login.ts';
import { startStack } from './stack.ts';

const isIn = async (visitor: Visitor) => (await visitor.get('/account')).status === 200;

test('the account page', async (t) => {
  const mailbox = await openMailbox(t);
  const stack = await startStack(t, { mail: { smtpUrl: mailbox.url, from: 'photos@example.com' } });
  const { accounts, portal, visitor } = stack;

  await t.test('a new password ends every other session, and the owner is told', async () => {
    const camille = await stack.account();
    const [here, there] = [await visitor(camille), await visitor(camille)];
    const different = await here.post('/account/password', { password: 'une phrase entière', again: 'x' });
    assert.equal(different.status, 422);
    const common = await here.post('/account/password', { password: 'password123', again: 'password123' });
    assert.match(await common.text(), /so common/);
    const password = 'une phrase entière';
    assert.equal((await here.post('/account/password', { password, again: password })).status, 303);
    assert.deepEqual([await isIn(here), await isIn(there)], [true, false]);
    await assert.rejects(visitor(camille));
    await visitor({ ...camille, password });
    const letter = await mailbox.take(camille.email);
    assert.ok(letter.headers.includes('Subject: Your password was changed'));
    assert.ok(!letter.text.includes(password));
  });

  await t.test('what matters is asked for again after ten minutes, and only then', async () => {
    const camille = await stack.account();
    const mine = await visitor(camille);
    const pages = ['/account/password', '/account/email', '/account/second-factor', '/account/close'];
    await ageLogins(stack, camille.id, FRESH_MS - 60_000);
    for (const page of [...pages, '/account/export']) assert.equal((await mine.get(page)).status, 200, page);
    await ageLogins(stack, camille.id);
    await eventually('an old login', async () => (await mine.get('/account/password')).status === 303);
    for (const page of [...pages, '/account/export'])
      assert.equal(
        (await mine.get(page)).headers.get('location'),
        `/login/again?next=${encodeURIComponent(page)}`,
      );
    const fields = {
      password: 'une phrase entière',
      again: 'une phrase entière',
      sure: 'yes',
      email: 'x@example.com',
    };
    for (const page of pages)
      assert.match((await mine.post(page, fields)).headers.get('location') ?? '', /again/);
    assert.ok(await accounts.login(camille.email, camille.password), 'nothing was changed');
    assert.equal((await mine.post('/login/again', { password: 'a wrong password' })).status, 401);
    assert.equal((await mine.get('/account/password')).status, 303);
    const { password } = camille;
    const right = await mine.post('/login/again', { password, next: '/account/password' });
    assert.equal(right.headers.get('location'), '/account/password');
    assert.equal((await mine.get('/account/password')).status, 200);
  });

  await t.test('with a second factor, the password alone proves nothing', async () => {
    const operator = await stack.account({ role: 'operator' });
    const mine = await visitor(operator);
    await ageLogins(stack, operator.id);
    const { password, recoveryCodes = [] } = operator;
    assert.equal((await mine.post('/login/again', { password })).status, 401);
    assert.equal(
      (await mine.post('/login/again', { password, code: recoveryCodes.pop() ?? '' })).status,
      303,
    );
  });

  await t.test('sessions: seen with device and address, ended one by one or all others', async () => {
    const camille = await stack.account();
    const mine = await visitor(camille);
    const phone = await visitor();
    await phone.post(
      '/login',
      { email: camille.email, password: camille.password },
      { 'User-Agent': 'Mozilla/5.0 (Linux; Android 14) Firefox/140.0', 'X-Forwarded-For': '203.0.113.7' },
    );
    const stranger = await stack.account();
    const page = await (await mine.get('/account')).text();
    assert.match(page, /Firefox, Android.*from 203\.0\.113\.7, last seen/s);
    assert.equal(page.match(/this device/g)?.length, 1);
    const [, end = ''] = /action="(\/account\/sessions\/[0-9a-f]{64})"/.exec(page) ?? [];
    assert.equal((await (await visitor(stranger)).post(end)).status, 404, 'not by somebody else');
    assert.equal(await isIn(phone), true);
    assert.equal((await mine.post(end)).status, 303);
    assert.deepEqual([await isIn(phone), await isIn(mine)], [false, true]);
    const hash = end.slice('/account/sessions/'.length);
    assert.equal((await stack.couch.get<SessionDoc>('sessions', sessionDocId(hash)))?.data, null);

    const third = await visitor(camille);
    await mine.post('/account/sessions');
    assert.deepEqual([await isIn(third), await isIn(mine)], [false, true]);
    assert.doesNotMatch(await (await mine.get('/account')).text(), /action="\/account\/sessions/);
  });

  await t.test('the language of pages and letters', async () => {
    const camille = await stack.account({ language: 'en' });
    const mine = await visitor(camille);
    const saved = await mine.post('/account/language', { language: 'fr' });
    await mine.get(saved.headers.get('location') ?? '');
    assert.match(await (await mine.get('/account')).text(), /Mon compte/);
    assert.equal((await accounts.byId(camille.id))?.language, 'fr');
    assert.equal((await mine.post('/account/language', { language: 'de' })).status, 404);
  });

  await t.test('a new address counts when its link was opened, once', async () => {
    const camille = await stack.account();
    const mine = await visitor(camille);
    const email = 'camille.new@example.com';
    assert.equal((await mine.post('/account/email', { email: 'none' })).status, 422);
    assert.match(await (await mine.post('/account/email', { email })).text(), /on its way/);
    const path = pathIn(await mailbox.take(email), portal.url);
    const anybody = await visitor();
    assert.match(await (await anybody.get(path)).text(), /new address\?/);
    assert.equal((await accounts.byEmail(email))?.id, undefined, 'opening changes nothing');
    assert.equal((await anybody.post(path)).status, 200);
    assert.equal((await accounts.byEmail(email))?.id, camille.id);
    assert.equal(await accounts.byEmail(camille.email), undefined);
    assert.equal((await anybody.post(path)).status, 404);
    assert.match((await mailbox.take(camille.email)).text, /camille\.new@example\.com/);
    await mine.post('/account/email', { email: 'camille.late@example.com' });
    const late = pathIn(await mailbox.take('camille.late@example.com'), portal.url);
    await stack.couch.update<AccountDoc>('accounts', accountId(camille.id), (doc) => {
      assert.ok(doc?.newEmail && Date.parse(doc.newEmail.expiresAt) <= Date.now() + 3600_000, 'in an hour');
      return { ...doc, newEmail: { ...doc.newEmail, expiresAt: new Date().toISOString() } };
    });
    assert.equal((await anybody.post(late)).status, 404, 'an hour later');
    // The old address is free for somebody else.
    const next = await accounts.create({
      role: 'customer',
      name: 'Noé',
      email: camille.email,
      language: 'fr',
    });
    assert.equal(next.kind, 'created');
  });

  await t.test('somebody else’s address is answered alike, and is not taken', async () => {
    const [camille, other] = [await stack.account(), await stack.account()];
    const mine = await visitor(camille);
    assert.match(await (await mine.post('/account/email', { email: other.email })).text(), /on its way/);
    const path = pathIn(await mailbox.take(other.email), portal.url);
    assert.equal((await mine.post(path)).status, 409);
    assert.equal((await accounts.byEmail(other.email))?.id, other.id);
    assert.equal((await accounts.byEmail(camille.email))?.id, camille.id);
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1)
      statuses.push((await mine.post('/account/email', { email: other.email })).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429], 'nobody’s letter box is filled');
  });
});

test('a forgotten password', async (t) => {
  const mailbox = await openMailbox(t);
  const stack = await startStack(t, { mail: { smtpUrl: mailbox.url, from: undefined } });
  const { portal, visitor } = stack;
  const camille = await stack.account();
  const answerTo = async (email: string) => {
    const answer = await (await visitor()).post('/password', { email });
    return {
      status: answer.status,
      body: (await answer.text()).replaceAll(email, '…').replace(/nonce="[^"]*"/g, ''),
    };
  };

  await t.test('the link comes by mail, works once, and lets in', async () => {
    assert.equal((await answerTo(camille.email.toUpperCase())).status, 200);
    const letter = await mailbox.take(camille.email);
    assert.equal(letter.from, 'no-reply@localhost');
    const path = pathIn(letter, portal.url);
    const password = 'une phrase entière';
    const mine = await visitor();
    assert.match(await (await mine.get(path)).text(), new RegExp(camille.email));
    assert.equal((await mine.post(path, { password, again: password })).headers.get('location'), '/');
    assert.equal(await isIn(mine), true);
    assert.equal((await (await visitor()).get(path)).status, 404);
    assert.ok(await stack.accounts.login(camille.email, password));
  });

  await t.test('an address without an account gets the same answer, and no letter', async () => {
    const other = await stack.account();
    assert.deepEqual(await answerTo('nobody@example.com'), await answerTo(other.email));
    await mailbox.take(other.email);
    assert.deepEqual(mailbox.mails, []);
  });

  await t.test('nobody’s letter box is filled', async () => {
    const other = await stack.account();
    for (let n = 0; n < 6; n += 1) await answerTo(other.email);
    const last = await stack.account();
    await answerTo(last.email);
    await mailbox.take(last.email);
    assert.equal(mailbox.mails.length, 3);
    // Nor are those of many people from one place.
    const stranger = await visitor();
    const statuses: number[] = [];
    for (let n = 0; n < 21; n += 1) {
      const fields = { email: `somebody-${n}@example.com` };
      const from = { 'X-Forwarded-For': '192.0.2.9' };
      statuses.push((await stranger.post('/password', fields, from)).status);
    }
    assert.deepEqual(statuses.slice(-2), [200, 429]);
  });

  await t.test('headers are not to be injected, by a name or an address', async () => {
    const operator = await visitor(await stack.account({ role: 'operator' }));
    const name = 'Zed\r\nBcc: evil@example.com\r\n\r\nBuy now';
    const fields = { name, email: 'zed@example.com', language: 'en', password: '' };
    await operator.post('/customers', fields);
    const letter = await mailbox.take('zed@example.com');
    assert.deepEqual(letter.to, ['zed@example.com']);
    assert.ok(!letter.headers.some((line) => /^bcc/i.test(line)), letter.headers.join('\n'));
    for (const email of ['a@example.com\r\nBcc: evil@example.com', 'a@example.com, evil@example.com']) {
      assert.equal((await operator.post('/customers', { ...fields, email })).status, 422);
      await (await visitor()).post('/password', { email });
    }
    // Nor by an account that has such an address from elsewhere.
    const two = 'a@example.com, evil@example.com';
    await stack.accounts.create({ role: 'customer', name: 'Zed', language: 'en', email: two });
    await answerTo(two);
    const last = await stack.account();
    await answerTo(last.email);
    await mailbox.take(last.email);
    assert.ok(!mailbox.mails.some(({ to }) => to.includes('evil@example.com')));
  });
});

test('without a mail server: forgotten passwords are the operator’s, and addresses stay', async (t) => {
  const stack = await startStack(t);
  const login = await stack.account();
  assert.match(await (await (await stack.visitor()).get('/password')).text(), /Ask whoever supplied/);
  const mine = await stack.visitor(login);
  assert.match(await (await mine.get('/account/email')).text(), /sends no mail/);
  const asked = await mine.post('/account/email', { email: 'x@example.com' });
  assert.match(await asked.text(), /sends no mail/);
  assert.equal((await stack.accounts.byId(login.id))?.email, login.email);
});

test('devices by the names that browsers give themselves', () => {
  for (const [agent, device] of [
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0',
      'Edge, Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Mobile/15E148 Safari/604.1',
      'Safari, iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36', 'Chrome, Linux'],
    ['curl/8', ''],
  ] as const)
    assert.equal(deviceOf(agent), device);
});
