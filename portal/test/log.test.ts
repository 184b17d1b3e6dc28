import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { openCouch } from '@photomaton/couch';
import { pino } from 'pino';
import { openAccounts } from '../accounts/accounts.ts';
import { openPasswords } from '../accounts/passwords.ts';
import { startPortal } from '../portal.ts';
import { openVisitor } from './browser.ts';
import { testConfig } from './stack.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testCouch } from './test-couch.ts';

test('no log, address or error page says a password, a session, a token or the key of CouchDB', async (t) => {
  const said: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk));
      done();
    },
  });
  const config = testConfig({ dataDir: await temporaryFolder(t), couch: await testCouch(t) });
  const portal = await startPortal({ config, log: pino({ level: 'trace' }, sink) });
  t.after(() => portal.stop());
  const couch = openCouch(portal.couchAddress);
  const accounts = openAccounts({ couch, passwords: await openPasswords(), now: () => new Date() });
  const who = { email: 'camille@example.com', password: 'a password of hers' };
  const person = { role: 'customer', name: 'Camille', language: 'en' } as const;
  await accounts.create({ ...person, ...who });
  const invited = await accounts.create({ ...person, email: 'noe@example.com' });
  assert.ok(invited.kind === 'created' && invited.invitation);

  const url = `http://localhost:${portal.port}`;
  const visitor = openVisitor({ url });
  await visitor.post('/login', { ...who, password: 'a wrong one of hers' });
  await visitor.login(who);
  const cookie = visitor.cookies();
  await visitor.get(`/invitation/${invited.invitation}`);
  await visitor.post(`/invitation/${invited.invitation}`, {
    password: 'another of hers',
    again: 'not the same',
  });
  // Kept out of its own databases, the portal is at fault, and the log says all that it knows of it.
  for (const db of ['fleet', 'accounts']) {
    const closed = await fetch(`${portal.admin.url}/${db}/_security`, {
      method: 'PUT',
      headers: {
        authorization: `Basic ${btoa(`${portal.admin.username}:${portal.admin.password}`)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ admins: { names: [], roles: [] }, members: { names: ['nobody'], roles: [] } }),
    });
    assert.equal(closed.status, 200);
  }
  const link = randomBytes(28).toString('base64url');
  const photo = randomBytes(16).toString('base64url');
  const forgotten = 'the password of a guest';
  const guest = openVisitor({ url });
  for (const [path, form] of [
    [`/invitation/${invited.invitation}`],
    [`/invitation/${invited.invitation}`, { password: forgotten, again: forgotten }],
    [`/g/${link}/photos.zip`],
    [`/p/${'ab'.repeat(12)}-1.${photo}`],
  ] as const) {
    const failed = await (form ? guest.post(path, form) : guest.get(path));
    assert.equal(failed.status, 500, path);
    // A page links to itself in another language.
    said.push((await failed.text()).replaceAll(path, ''));
  }

  const all = said.join('\n');
  assert.match(all, /request failed/);
  assert.ok(all.includes('/photos.zip'), 'and where');
  const secrets = [
    who.password,
    'a wrong one of hers',
    'another of hers',
    forgotten,
    cookie,
    invited.invitation,
  ];
  secrets.push(link, photo);
  secrets.push(portal.admin.password, portal.couchAddress.password);
  for (const secret of secrets) {
    assert.ok(!all.includes(secret) && !all.includes(encodeURIComponent(secret)), secret);
    assert.ok(!all.includes(Buffer.from(secret).toString('base64')), `${secret} in base64`);
  }
});
