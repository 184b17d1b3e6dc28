import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import PouchDB from 'pouchdb';
import { openLevelDb } from '../leveldb.ts';
import { type ContractServer, contract } from './contract-server.ts';
import type { Credentials } from './credentials.ts';

const PHOTOS = new URL('../../device/camera/player/', import.meta.url);

async function localDatabase(t: TestContext): Promise<PouchDB.Database<{ n?: number }>> {
  const folder = await mkdtemp(join(tmpdir(), 'photomaton-replication-'));
  const db = await openLevelDb<{ n?: number }>(join(folder, 'db'));
  t.after(async () => {
    await db.close();
    await rm(folder, { recursive: true, force: true });
  });
  return db;
}

const remote = (server: ContractServer, db: string, auth: Credentials = server.admin) =>
  new PouchDB<{ n?: number }>(`${server.url}/${db}`, { auth, skip_setup: true });

contract('a stock PouchDB pushes photographs, and another pulls them bit for bit', async (server, t) => {
  const db = await server.database(t);
  const source = await localDatabase(t);
  const pictures = new Map<string, Buffer>();
  for (const name of ['astronaut.jpg', 'chelsea.jpg', 'rocket.jpg']) {
    const bytes = await readFile(new URL(name, PHOTOS));
    pictures.set(name, bytes);
    await source.put({
      _id: name,
      _attachments: { 'photo.jpg': { content_type: 'image/jpeg', data: bytes } },
    });
  }
  const pushed = await source.replicate.to(remote(server, db), { batch_size: 2, retry: false });
  assert.deepEqual([pushed.ok, pushed.docs_written, pushed.doc_write_failures], [true, 3, 0]);

  const target = await localDatabase(t);
  const pulled = await target.replicate.from(remote(server, db), { batch_size: 2, retry: false });
  assert.deepEqual([pulled.ok, pulled.docs_written], [true, 3]);
  for (const [name, bytes] of pictures) {
    assert.ok(bytes.equals((await target.getAttachment(name, 'photo.jpg')) as Buffer), name);
    assert.equal((await target.get(name))._rev, (await source.get(name))._rev);
    assert.ok((await server.request('GET', `/${db}/${name}/photo.jpg`)).bytes.equals(bytes), name);
  }
  // Its checkpoint is found again: nothing is sent twice.
  const again = await source.replicate.to(remote(server, db), { retry: false });
  assert.equal(again.docs_read, 0);
});

contract('edits, conflicts and deletions travel both ways and end alike', async (server, t) => {
  const db = await server.database(t);
  const [one, two] = [await localDatabase(t), await localDatabase(t)];
  const sync = async () => {
    for (const local of [one, two, one]) await local.sync(remote(server, db), { retry: false });
  };
  const { rev } = await one.put({ _id: 'shared', n: 0 });
  const doomed = await one.put({ _id: 'doomed' });
  await sync();
  await one.put({ _id: 'shared', _rev: rev, n: 1 });
  await two.put({ _id: 'shared', _rev: rev, n: 2 });
  await two.remove('doomed', doomed.rev);
  await sync();
  const states = await Promise.all([one, two].map(async (local) => local.get('shared', { conflicts: true })));
  const { json } = await server.request('GET', `/${db}/shared?conflicts=true`);
  for (const { _rev, n, _conflicts } of states) {
    assert.deepEqual([_rev, n, _conflicts], [json._rev, json.n, json._conflicts]);
  }
  assert.equal(json._conflicts.length, 1);
  assert.equal((await server.request('GET', `/${db}/doomed`)).json.reason, 'deleted');
  await assert.rejects(one.get('doomed'), { status: 404 });
});

contract('a live pull hears of what another client writes', async (server, t) => {
  const db = await server.database(t);
  const local = await localDatabase(t);
  const live = local.replicate.from(remote(server, db), { live: true, retry: false, heartbeat: 500 });
  const arrived = new Promise<string[]>((resolve, reject) => {
    live.on('change', ({ docs }) => resolve(docs.map((doc) => doc._id)));
    live.on('error', reject);
  });
  await server.request('PUT', `/${db}/late`, { json: { n: 1 } });
  assert.deepEqual(await arrived, ['late']);
  live.cancel();
  await live.catch(() => {});
  assert.equal((await local.get('late')).n, 1);
});

contract('what a validator refuses is denied to the client that pushed it', async (server, t) => {
  const db = await server.database(t);
  const user = await server.user(t);
  await server.request('PUT', `/${db}/_security`, { json: { members: { names: [user.username] } } });
  const validate_doc_update = `function (doc) { if (doc.n < 0) throw({ forbidden: 'negative' }); }`;
  await server.request('PUT', `/${db}/_design/rules`, { json: { validate_doc_update } });
  const local = await localDatabase(t);
  await local.bulkDocs([
    { _id: 'good', n: 1 },
    { _id: 'bad', n: -1 },
  ]);
  const denied: unknown[] = [];
  const push = local.replicate.to(remote(server, db, user), { retry: false });
  push.on('denied', (refusal) => denied.push(refusal));
  const result = await push;
  assert.deepEqual([result.docs_written, result.doc_write_failures, denied.length], [1, 1, 1]);
  assert.equal((await server.request('GET', `/${db}/bad`)).status, 404);
  const stranger = await server.user(t);
  await assert.rejects(local.replicate.to(remote(server, db, stranger), { retry: false }).then(), {
    status: 403,
  });
});

contract('PouchDB’s http adapter does its daily work', async (server, t) => {
  const name = await server.database(t);
  const db = remote(server, name);
  const { rev } = await db.put({ _id: 'a', n: 1 });
  await assert.rejects(db.put({ _id: 'a', n: 2 }), { status: 409, name: 'conflict' });
  const second = await db.put({ _id: 'a', _rev: rev, n: 2 });
  assert.equal((await db.get('a')).n, 2);
  await assert.rejects(db.get('none'), { status: 404 });
  const third = await db.putAttachment('a', 'x.jpg', second.rev, Buffer.from('bytes'), 'image/jpeg');
  assert.equal(String(await db.getAttachment('a', 'x.jpg')), 'bytes');
  const { _attachments } = await db.get('a', { attachments: true });
  const data = Buffer.from('bytes').toString('base64');
  assert.deepEqual(_attachments?.['x.jpg'], {
    content_type: 'image/jpeg',
    revpos: 3,
    digest: 'md5-SzpiGLs+OnMD6KFxpg/Pkg==',
    data,
  });
  const bulk = await db.bulkGet({ docs: [{ id: 'a', rev: third.rev }] });
  assert.ok('ok' in (bulk.results[0]?.docs[0] ?? {}));
  assert.deepEqual(
    (await db.allDocs({ startkey: 'a', endkey: 'b' })).rows.map((row) => row.id),
    ['a'],
  );
  assert.equal((await db.changes({ since: 0 })).results.length, 1);
  await db.remove('a', third.rev);
  assert.equal((await db.info()).doc_count, 0);
});
