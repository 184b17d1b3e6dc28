/** What is the embedded server's own: it outlives its process, opens few stores at once, and says what it lacks. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { startEmbedded } from '../embedded/index.ts';
import { LIMITS } from '../embedded/limits.ts';
import { CouchError, openCouch } from '../index.ts';
import { basic, quickHash } from './credentials.ts';

const admin = { username: 'admin', password: 'only-here' };
const log = pino({ level: 'silent' });

async function tempFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'photomaton-embedded-'));
  // Asked for from within, it comes last: by then, whatever works in the folder is closed.
  t.after(() => t.after(() => rm(dir, { recursive: true, force: true })));
  return dir;
}

async function start(t: TestContext, dir: string) {
  const server = await startEmbedded({ dir, port: 0, admin, log });
  t.after(() => server.stop());
  const request = async (
    method: string,
    path: string,
    options: { json?: unknown; as?: typeof admin } = {},
  ) => {
    const reply = await fetch(server.url + path, {
      method,
      headers: { authorization: basic(options.as ?? admin), 'content-type': 'application/json' },
      ...('json' in options ? { body: JSON.stringify(options.json) } : {}),
    });
    return { status: reply.status, json: await reply.json() };
  };
  return { ...server, request };
}

test('databases, rules, users and documents are there after a restart', async (t) => {
  const dir = await tempFolder(t);
  const first = await start(t, dir);
  const security = { members: { names: ['booth-1'] } };
  const user = { name: 'booth-1', type: 'user', roles: [], ...quickHash('key') };
  await first.request('PUT', '/kept');
  await first.request('PUT', '/gone');
  await first.request('PUT', '/kept/_security', { json: security });
  await first.request('PUT', '/_users/org.couchdb.user:booth-1', { json: user });
  const rules = { validate_doc_update: 'function (doc) { if (doc.no) throw({ forbidden: "no" }); }' };
  await first.request('PUT', '/kept/_design/rules', { json: rules });
  await first.request('PUT', '/kept/a', { json: { n: 1 } });
  const { json: before } = await first.request('GET', '/kept');
  await first.request('DELETE', '/gone');
  await first.stop();

  const second = await start(t, dir);
  const as = { username: 'booth-1', password: 'key' };
  assert.deepEqual((await second.request('GET', '/_all_dbs')).json, ['_users', 'kept']);
  assert.deepEqual((await second.request('GET', '/kept/_security')).json, security);
  assert.equal((await second.request('GET', '/kept/a', { as })).json.n, 1);
  assert.equal((await second.request('PUT', '/kept/b', { as, json: { no: true } })).status, 403);
  assert.equal((await second.request('GET', '/kept')).json.update_seq, before.update_seq);
  assert.equal((await readdir(join(dir, 'databases'))).length, 2);
});

test('more databases than may be open at once are all served', async (t) => {
  const { request } = await start(t, await tempFolder(t));
  const names = Array.from({ length: LIMITS.openDatabases + 6 }, (_, i) => `many-${i}`);
  for (const name of names) {
    await request('PUT', `/${name}`);
    assert.equal((await request('PUT', `/${name}/a`, { json: { name } })).status, 201);
  }
  await Promise.all(
    names.map(async (name) => assert.equal((await request('GET', `/${name}/a`)).json.name, name)),
  );
});

test('what is not implemented says so', async (t) => {
  const { request } = await start(t, await tempFolder(t));
  await request('PUT', '/db');
  await request('PUT', '/db/_design/app', {
    json: { views: { v: { map: 'function () {}', reduce: '_sum' } } },
  });
  for (const [method, path] of [
    ['POST', '/db/_find'],
    ['POST', '/db/_purge'],
    ['POST', '/_replicate'],
    ['GET', '/_active_tasks'],
    ['GET', '/_node/_local/_config'],
    ['GET', '/db/_design/app/_list/x/v'],
    ['GET', '/db/_design/app/_view/v'],
    ['GET', '/db/_changes?filter=app/x'],
  ] as const) {
    const { status, json } = await request(method, path, method === 'POST' ? { json: {} } : {});
    assert.deepEqual([path, status, json.error], [path, 501, 'not_implemented']);
  }
});

test('a validator that never ends is stopped, and refuses', async (t) => {
  const { request } = await start(t, await tempFolder(t));
  await request('PUT', '/db');
  const endless = { validate_doc_update: 'function (doc) { while (doc.forever) {} }' };
  await request('PUT', '/db/_design/rules', { json: endless });
  assert.equal((await request('PUT', '/db/a', { json: { forever: true } })).status, 500);
  assert.equal((await request('GET', '/db/a')).status, 404);
  assert.equal((await request('PUT', '/db/b', { json: {} })).status, 201);
});

test('a body over the limit is refused before it is read', async (t) => {
  const { url } = await start(t, await tempFolder(t));
  const headers = { authorization: basic(admin) };
  await fetch(`${url}/db`, { method: 'PUT', headers });
  const body = new Uint8Array(LIMITS.attachmentBytes + 1);
  const reply = await fetch(`${url}/db/a/photo.jpg`, { method: 'PUT', headers, body }).catch(() => undefined);
  // The client may still be writing when the connection is closed, and then not see the answer.
  if (reply) assert.equal(reply.status, 413);
  assert.equal((await fetch(`${url}/db/a`, { headers })).status, 404);
});

test('a body that stops coming ends its connection, not the server', async (t) => {
  const { request, port } = await start(t, await tempFolder(t));
  await request('PUT', '/db');
  const { bodyPauseMs } = LIMITS;
  LIMITS.bodyPauseMs = 50;
  t.after(() => {
    LIMITS.bodyPauseMs = bodyPauseMs;
  });
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {});
  socket.write(
    `PUT /db/a HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(admin)}\r\nContent-Length: 9\r\n\r\n{"a"`,
  );
  await closed;
  assert.equal((await request('GET', '/db/a')).status, 404);
});

test('a second server on the same folder or port is refused', async (t) => {
  const dir = await tempFolder(t);
  const { port } = await start(t, dir);
  const other = await tempFolder(t);
  await assert.rejects(startEmbedded({ dir: other, port, admin, log }), { code: 'EADDRINUSE' });
});

test('stopping ends feeds that wait', async (t) => {
  const { url, stop } = await start(t, await tempFolder(t));
  const headers = { authorization: basic(admin) };
  const feed = await fetch(`${url}/_db_updates?feed=continuous&since=now&heartbeat=60000`, { headers });
  const ended = feed.text().catch(() => 'broken off');
  await stop();
  await ended;
  await assert.rejects(fetch(url, { headers }));
});

test('who sends a photograph and is refused hears why', async (t) => {
  // A CouchDB breaks the connection off in the middle.
  const { request, url } = await start(t, await tempFolder(t));
  await request('PUT', '/db');
  const body = new Uint8Array(4_000_000);
  const refused = { authorization: basic({ ...admin, password: 'wrong' }) };
  for (const headers of [refused, {}]) {
    const reply = await fetch(`${url}/db/a/photo.jpg`, { method: 'PUT', headers, body });
    assert.equal(reply.status, 401);
  }
});

test('the door lets in whom the network would, and nobody after the end', async (t) => {
  const server = await start(t, await tempFolder(t));
  const [booth, stranger] = ['booth-1', 'booth-2'].map((username) => ({ username, password: 'key' }));
  for (const { username: name, password } of [booth, stranger] as (typeof admin)[]) {
    const user = { name, type: 'user', roles: [], ...quickHash(password) };
    await server.request('PUT', `/_users/org.couchdb.user:${name}`, { json: user });
  }
  await server.request('PUT', '/hers');
  await server.request('PUT', '/hers/_security', { json: { members: { names: ['booth-1'] } } });
  const data = Buffer.from('a photo').toString('base64');
  const json = { _attachments: { p: { content_type: 'image/jpeg', data } } };
  await server.request('PUT', '/hers/doc', { json });
  const read = (as: typeof admin | undefined) =>
    openCouch({ url: server.url, door: server.door, ...(as ?? admin) }).attachment('hers', 'doc', 'p');
  const code = (wanted: string) => (error: unknown) => error instanceof CouchError && error.code === wanted;

  assert.equal((await read(admin))?.status, 200);
  assert.equal((await read(booth))?.status, 200);
  await assert.rejects(read(stranger), code('FORBIDDEN'));
  await assert.rejects(read({ username: 'booth-1', password: 'wrong' }), code('UNAUTHORIZED'));
  await server.stop();
  await assert.rejects(read(admin), code('UNREACHABLE'));
});
