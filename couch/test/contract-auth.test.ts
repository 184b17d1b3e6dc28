import assert from 'node:assert/strict';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { contract } from './contract-server.ts';
import { type Credentials, quickHash, unique } from './credentials.ts';

/** A CouchDB remembers accounts, and hears of a change of one a moment later. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await isSo())) assert.ok(Date.now() < end, 'still not so after 5 s');
}

contract('a new database is the admin’s alone', async (server, t) => {
  const db = await server.database(t);
  const user = await server.user(t);
  for (const [method, path] of [
    ['GET', ''],
    ['GET', '/_all_docs'],
    ['GET', '/_changes'],
    ['GET', '/_security'],
    ['GET', '/doc'],
    ['PUT', '/doc'],
    ['PUT', '/_local/doc'],
    ['POST', '/_bulk_docs'],
    ['POST', '/_bulk_get'],
    ['POST', '/_revs_diff'],
    ['PUT', '/doc/file'],
    ['GET', '/_design/x/_view/y'],
  ] as const) {
    const json = method === 'GET' ? {} : { json: { docs: [] } };
    const nobody = await server.request(method, `/${db}${path}`, { as: null, ...json });
    assert.deepEqual(
      [path, nobody.status, nobody.json],
      [path, 401, { error: 'unauthorized', reason: 'You are not authorized to access this db.' }],
    );
    const stranger = await server.request(method, `/${db}${path}`, { as: user, ...json });
    assert.deepEqual(
      [path, stranger.status, stranger.json],
      [path, 403, { error: 'forbidden', reason: 'You are not allowed to access this db.' }],
    );
  }
});

contract('what is the server admin’s is nobody else’s', async (server, t) => {
  const db = await server.database(t);
  const user = await server.user(t);
  await server.request('PUT', `/${db}/_security`, { json: { admins: { names: [user.username] } } });
  for (const [method, path] of [
    ['GET', '/_all_dbs'],
    ['GET', '/_db_updates'],
    ['PUT', `/${unique('contract')}`],
    ['DELETE', `/${db}`],
  ] as const) {
    for (const as of [null, user]) {
      const { status, json } = await server.request(method, path, { as });
      assert.deepEqual([path, status, json.reason], [path, 401, 'You are not a server admin.']);
    }
  }
  assert.equal((await server.request('GET', `/${db}`)).status, 200);
});

contract('members and admins are named by _security', async (server, t) => {
  const db = await server.database(t);
  const role = unique('role');
  const [byName, byRole, admin, stranger] = [
    await server.user(t),
    await server.user(t, { roles: [role] }),
    await server.user(t),
    await server.user(t),
  ];
  const security = {
    members: { names: [byName.username], roles: [role] },
    admins: { names: [admin.username] },
  };
  const put = await server.request('PUT', `/${db}/_security`, { json: security });
  assert.deepEqual([put.status, put.json], [200, { ok: true }]);
  assert.deepEqual((await server.request('GET', `/${db}/_security`, { as: byName })).json, security);
  for (const as of [byName, byRole, admin]) {
    assert.equal((await server.request('PUT', `/${db}/${as.username}`, { as, json: {} })).status, 201);
  }
  assert.equal((await server.request('GET', `/${db}/x`, { as: stranger })).status, 403);
  for (const [as, expected] of [
    [byName, 403],
    [byRole, 403],
    [admin, 201],
  ] as const) {
    const reply = await server.request('PUT', `/${db}/_design/of-${as.username}`, { as, json: {} });
    assert.equal(reply.status, expected);
    if (expected === 403) assert.equal(reply.json.reason, 'You are not a db or server admin.');
  }
  const widened = await server.request('PUT', `/${db}/_security`, { as: byName, json: {} });
  assert.ok(widened.status >= 400);
  assert.deepEqual((await server.request('GET', `/${db}/_security`)).json, security);
  for (const malformed of [[], { members: { names: 1 } }, { members: 1 }]) {
    assert.ok((await server.request('PUT', `/${db}/_security`, { json: malformed })).status >= 400);
  }
  assert.deepEqual((await server.request('GET', `/${db}/_security`)).json, security);
});

contract('a wrong password is 401, also where nobody needs one', async (server, t) => {
  const user = await server.user(t);
  const wrong = { ...user, password: 'wrong' };
  for (const path of ['/', '/_session', '/_all_dbs']) {
    const { status, json } = await server.request('GET', path, { as: wrong });
    assert.deepEqual(
      [status, json],
      [401, { error: 'unauthorized', reason: 'Name or password is incorrect.' }],
    );
  }
  const nobody = { username: unique('nobody'), password: 'x' };
  assert.equal((await server.request('GET', '/', { as: nobody })).status, 401);
  if (server.isEmbedded) {
    // A CouchDB locks a name out after five of these, and this one is everybody's.
    const guess = { ...server.admin, password: 'x' };
    assert.equal((await server.request('GET', '/', { as: guess })).status, 401);
  }
  assert.equal((await server.request('GET', '/', { as: user })).status, 200);
});

contract('_session says who one is', async (server, t) => {
  const role = unique('role');
  const user = await server.user(t, { roles: [role] });
  const anonymous = (await server.request('GET', '/_session', { as: null })).json;
  assert.deepEqual(anonymous.userCtx, { name: null, roles: [] });
  assert.equal(anonymous.info.authenticated, undefined);
  const own = (await server.request('GET', '/_session', { as: user })).json;
  assert.deepEqual(own.userCtx, { name: user.username, roles: [role] });
  assert.equal(own.info.authenticated, 'default');
});

contract('a session cookie stands for the password, until the password changes', async (server, t) => {
  const user = await server.user(t);
  const wrong = { name: user.username, password: 'wrong' };
  assert.equal((await server.request('POST', '/_session', { as: null, json: wrong })).status, 401);
  const login = await server.request('POST', '/_session', {
    as: null,
    body: new URLSearchParams({ name: user.username, password: user.password }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.deepEqual([login.status, login.json.name], [200, user.username]);
  const setCookie = login.headers.get('set-cookie') ?? '';
  assert.match(setCookie, /^AuthSession=[^;]+;.*HttpOnly/);
  const cookie = setCookie.split(';')[0] ?? '';
  const who = async (value: string) =>
    (await server.request('GET', '/_session', { as: null, headers: { cookie: value } })).json;
  const session = await who(cookie);
  assert.deepEqual([session.userCtx.name, session.info.authenticated], [user.username, 'cookie']);

  const forged = Buffer.from(`admin:${Math.floor(Date.now() / 1000).toString(16)}:${'x'.repeat(32)}`);
  assert.equal((await who(`AuthSession=${forged.toString('base64url')}`)).userCtx?.name ?? null, null);

  const path = `/_users/org.couchdb.user:${user.username}`;
  const { json: doc } = await server.request('GET', path);
  await server.request('PUT', path, { json: { ...doc, ...quickHash('another') } });
  await eventually(async () => ((await who(cookie)).userCtx?.name ?? null) === null);
  assert.match(
    (await server.request('DELETE', '/_session')).headers.get('set-cookie') ?? '',
    /^AuthSession=;/,
  );
});

contract('a password is kept as a hash only, and can be changed', async (server, t) => {
  const user = await server.user(t);
  const path = `/_users/org.couchdb.user:${user.username}`;
  const { json: before } = await server.request('GET', path);
  await server.request('PUT', path, { json: { ...before, password: user.password } });
  const { json: doc } = await server.request('GET', path);
  assert.equal(doc.password, undefined);
  assert.deepEqual(
    [doc.password_scheme, doc.pbkdf2_prf, doc.iterations, typeof doc.salt],
    ['pbkdf2', 'sha256', 600_000, 'string'],
  );
  const derived = pbkdf2Sync(user.password, doc.salt, doc.iterations, 32, 'sha256');
  assert.equal(doc.derived_key, derived.toString('hex'));
  assert.equal((await server.request('PUT', path, { json: { ...doc, password: 'new' } })).status, 201);
  const status = async (as: Credentials) => (await server.request('GET', '/', { as })).status;
  await eventually(async () => (await status({ ...user, password: 'new' })) === 200);
  assert.equal(await status(user), 401);
});

contract('a user may bring a hash of few iterations, and is gone when deleted', async (server) => {
  const username = unique('contract');
  const key = randomBytes(32).toString('base64url');
  const path = `/_users/org.couchdb.user:${username}`;
  const json = {
    name: username,
    type: 'user',
    roles: ['booth'],
    ...quickHash(key),
  };
  const { json: put } = await server.request('PUT', path, { json });
  const as = { username, password: key };
  assert.deepEqual((await server.request('GET', '/_session', { as })).json.userCtx.roles, ['booth']);
  assert.equal((await server.request('GET', path)).json.iterations, 10);
  assert.equal((await server.request('GET', '/', { as: { username, password: `${key}x` } })).status, 401);

  const roles = await server.request('PUT', path, { json: { ...json, _rev: put.rev, roles: ['other'] } });
  assert.equal(roles.status, 201);
  const session = async () => (await server.request('GET', '/_session', { as })).json;
  await eventually(async () => (await session()).userCtx.roles[0] === 'other');
  await server.request('DELETE', `${path}?rev=${roles.json.rev}`);
  await eventually(async () => (await session()).error === 'unauthorized');
});

contract('documents of users keep to their rules', async (server, t) => {
  const user = await server.user(t);
  const name = unique('contract');
  const good = { name, type: 'user', roles: [], ...quickHash('pw') };
  const id = `org.couchdb.user:${name}`;
  for (const [at, doc, reason] of [
    [id, { ...good, name: 'other' }, 'Doc ID must be of the form org.couchdb.user:name'],
    ['other', good, 'Doc ID must be of the form org.couchdb.user:name'],
    [id, { ...good, name: undefined }, 'doc.name is required'],
    [id, { ...good, type: undefined }, 'doc.type must be user'],
    [id, { ...good, roles: undefined }, 'doc.roles must exist'],
    [id, { ...good, roles: 'x' }, 'doc.roles must be an array'],
    [id, { ...good, roles: [1] }, 'doc.roles can only contain strings'],
    [id, { ...good, roles: ['_admin'] }, 'No system roles (starting with underscore) in users db.'],
    ['org.couchdb.user:_a', { ...good, name: '_a' }, 'Username may not start with underscore.'],
    ['org.couchdb.user:a:b', { ...good, name: 'a:b' }, 'Character `:` is not allowed in usernames.'],
  ] as const) {
    const reply = await server.request('PUT', `/_users/${encodeURIComponent(at)}`, { json: doc });
    assert.deepEqual([reply.status, reply.json.error, reply.json.reason], [403, 'forbidden', reason]);
  }
  for (const path of ['/_users/_all_docs', '/_users/_changes']) {
    assert.equal((await server.request('GET', path, { as: user })).status, 401);
  }
  for (const path of [`/_users/${id}`, '/_users/_design/_auth', '/_users/_all_docs', '/_users']) {
    assert.ok((await server.request('GET', path, { as: null })).status >= 401);
  }
  const role = await server.request('PUT', `/_users/org.couchdb.user:${user.username}`, {
    as: user,
    json: { name: user.username, type: 'user', roles: ['operator'] },
  });
  assert.ok(role.status >= 400);
  assert.equal((await server.request('PUT', `/_users/${id}`, { as: user, json: good })).status, 403);
});
