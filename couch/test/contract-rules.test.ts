import assert from 'node:assert/strict';
import { contract } from './contract-server.ts';

const reporter = `function (newDoc, oldDoc, userCtx, secObj) {
  if (newDoc.report) throw({ forbidden: JSON.stringify([newDoc, oldDoc, userCtx, secObj]) });
}`;
const JPEG = 'image/jpeg';

/** A database with one validator, whose members are everybody. */
async function withValidator(
  server: Parameters<Parameters<typeof contract>[1]>[0],
  db: string,
  source: string,
) {
  const put = await server.request('PUT', `/${db}/_design/rules`, { json: { validate_doc_update: source } });
  assert.equal(put.status, 201);
}

contract('a validator sees the documents, the user and the security object', async (server, t) => {
  const db = await server.database(t);
  const user = await server.user(t, { roles: ['booth'] });
  const security = { members: { names: [user.username] } };
  await server.request('PUT', `/${db}/_security`, { json: security });
  await withValidator(server, db, reporter);
  const context = { db, name: user.username, roles: ['booth'] };
  const report = async (method: string, path: string, json: object) => {
    const reply = await server.request(method, path, { json, as: user });
    assert.deepEqual([reply.status, reply.json.error], [403, 'forbidden']);
    return JSON.parse(reply.json.reason);
  };
  assert.deepEqual(await report('PUT', `/${db}/a`, { report: 1 }), [
    { _id: 'a', report: 1 },
    null,
    context,
    security,
  ]);

  const { rev } = (await server.request('PUT', `/${db}/a`, { json: { n: 1 }, as: user })).json;
  const ids = [rev.slice(2)];
  assert.deepEqual((await report('PUT', `/${db}/a`, { _rev: rev, report: 1 })).slice(0, 2), [
    { _id: 'a', _rev: rev, report: 1, _revisions: { start: 1, ids } },
    { _id: 'a', _rev: rev, n: 1, _revisions: { start: 1, ids } },
  ]);
  const deleting = { _rev: rev, _deleted: true, report: 1 };
  assert.equal((await report('PUT', `/${db}/a`, deleting))[0]._deleted, true);

  const replicated = { _rev: '2-bb', _revisions: { start: 2, ids: ['bb', 'aa'] }, report: 1 };
  const [newDoc, oldDoc] = await report('PUT', `/${db}/b?new_edits=false`, replicated);
  assert.deepEqual([newDoc, oldDoc], [{ _id: 'b', ...replicated }, null]);
  const child = { _rev: '2-bb', _revisions: { start: 2, ids: ['bb', ...ids] }, report: 1 };
  assert.equal((await report('PUT', `/${db}/a?new_edits=false`, child))[1].n, 1);
});

contract(
  'a validator sees the digest of a multipart attachment, and none of an inline one',
  async (server, t) => {
    const db = await server.database(t);
    await withValidator(server, db, reporter);
    const claimed = 'md5-XUFAKrxLKna5cZ2REBfFkg=='; // of "hello"
    const seen = (reply: { status: number; json: { reason: string } }) => {
      assert.equal(reply.status, 403);
      return JSON.parse(reply.json.reason)[0]._attachments.x;
    };
    const attachment = { content_type: JPEG, data: Buffer.from('hello').toString('base64'), digest: claimed };
    const inline = { _id: 'a', report: 1, _attachments: { x: attachment } };
    const expected = { content_type: JPEG, revpos: 0, length: 5, stub: true };
    assert.deepEqual(seen(await server.request('PUT', `/${db}/a`, { json: inline })), expected);
    const bulk = await server.request('POST', `/${db}/_bulk_docs`, { json: { docs: [inline] } });
    assert.deepEqual(JSON.parse(bulk.json[0].reason)[0]._attachments.x, expected);

    const follows = { follows: true, content_type: JPEG, length: 5, digest: claimed };
    const doc = { _id: 'a', _rev: '1-aa', report: 1, _attachments: { x: follows } };
    const body = `--b\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(doc)}\r\n--b\r\n\r\nhello\r\n--b--`;
    const headers = { 'content-type': 'multipart/related; boundary="b"' };
    const multipart = await server.request('PUT', `/${db}/a?new_edits=false`, { body, headers });
    assert.deepEqual(seen(multipart), { ...expected, digest: claimed });
  },
);

contract('refusals keep their kind and their words, one by one in a batch', async (server, t) => {
  const db = await server.database(t);
  await withValidator(
    server,
    db,
    `function (doc) {
      if (doc.no === 'forbidden') throw({ forbidden: 'not this one' });
      if (doc.no === 'unauthorized') throw({ unauthorized: 'who are you' });
    }`,
  );
  for (const [no, status, reason] of [
    ['forbidden', 403, 'not this one'],
    ['unauthorized', 401, 'who are you'],
  ] as const) {
    const reply = await server.request('PUT', `/${db}/a`, { json: { no } });
    assert.deepEqual([reply.status, reply.json], [status, { error: no, reason }]);
  }
  const docs = [{ _id: 'good' }, { _id: 'bad', no: 'forbidden' }, { _id: 'better' }];
  const { json } = await server.request('POST', `/${db}/_bulk_docs`, { json: { docs } });
  assert.deepEqual(json[1], { id: 'bad', error: 'forbidden', reason: 'not this one' });
  assert.deepEqual([json[0].ok, json[2].ok], [true, true]);
  const forged = [
    { _id: 'bad', _rev: '1-aa', no: 'forbidden' },
    { _id: 'fine', _rev: '1-aa' },
  ];
  const replicated = await server.request('POST', `/${db}/_bulk_docs`, {
    json: { docs: forged, new_edits: false },
  });
  assert.deepEqual(replicated.json, [{ id: 'bad', rev: '1-aa', error: 'forbidden', reason: 'not this one' }]);
  assert.equal((await server.request('GET', `/${db}/fine`)).status, 200);
  assert.equal((await server.request('GET', `/${db}/bad`)).status, 404);
  // Checkpoints of replication are no business of validators.
  assert.equal((await server.request('PUT', `/${db}/_local/x`, { json: { no: 'forbidden' } })).status, 201);
});

contract('every validator is asked, a changed one at once, a removed one no more', async (server, t) => {
  const db = await server.database(t);
  const refusing = (what: string) => ({
    validate_doc_update: `function (doc) { if (doc.no === '${what}') throw({ forbidden: '${what}' }); }`,
  });
  await server.request('PUT', `/${db}/_design/one`, { json: refusing('one') });
  const { rev } = (await server.request('PUT', `/${db}/_design/two`, { json: refusing('two') })).json;
  const refused = async (no: string) =>
    (await server.request('POST', `/${db}`, { json: { no } })).status === 403;
  assert.deepEqual([await refused('one'), await refused('two'), await refused('three')], [true, true, false]);
  const changed = await server.request('PUT', `/${db}/_design/two?rev=${rev}`, { json: refusing('three') });
  assert.deepEqual([await refused('one'), await refused('two'), await refused('three')], [true, false, true]);
  await server.request('DELETE', `/${db}/_design/two?rev=${changed.json.rev}`);
  assert.deepEqual([await refused('one'), await refused('three')], [true, false]);
});

contract('a validator that breaks lets nothing in', async (server, t) => {
  const db = await server.database(t);
  await withValidator(server, db, 'function (doc) { if (doc.broken) doc.a.b.c(); }');
  assert.ok((await server.request('PUT', `/${db}/a`, { json: { broken: true } })).status >= 400);
  assert.equal((await server.request('GET', `/${db}/a`)).status, 404);
  assert.equal((await server.request('PUT', `/${db}/b`, { json: {} })).status, 201);
});

contract('a forged revision stands beside the true one, and the greater one wins', async (server, t) => {
  const db = await server.database(t);
  const put = (rev: string, n: number) =>
    server.request('PUT', `/${db}/a?new_edits=false`, { json: { _rev: rev, n } });
  await put('1-aa', 1);
  for (const [rev, winner] of [
    ['1-00', '1-aa'],
    ['1-ff', '1-ff'],
    ['2-00', '2-00'],
  ] as const) {
    assert.equal((await put(rev, 2)).status, 201);
    assert.equal((await server.request('GET', `/${db}/a`)).json._rev, winner);
  }
  const leaves = await server.request('GET', `/${db}/a?open_revs=all&revs=true`, {
    headers: { accept: 'application/json' },
  });
  const revs = leaves.json.map((leaf: { ok: { _rev: string } }) => leaf.ok._rev).sort();
  assert.deepEqual(revs, ['1-00', '1-aa', '1-ff', '2-00']);
  // Deleting the winner brings the next one back.
  await server.request('DELETE', `/${db}/a?rev=2-00`);
  assert.equal((await server.request('GET', `/${db}/a`)).json._rev, '1-ff');
});

contract('the history that a revision brings is kept', async (server, t) => {
  const db = await server.database(t);
  const revisions = { start: 3, ids: ['cc', 'bb', 'aa'] };
  await server.request('PUT', `/${db}/a?new_edits=false`, { json: { _rev: '3-cc', _revisions: revisions } });
  assert.deepEqual((await server.request('GET', `/${db}/a?revs=true`)).json._revisions, revisions);
  const asked = { a: ['3-cc', '2-bb', '4-dd', '1-zz'], none: ['1-aa'] };
  const { json } = await server.request('POST', `/${db}/_revs_diff`, { json: asked });
  assert.deepEqual(json.a.missing.sort(), ['1-zz', '4-dd']);
  assert.deepEqual(json.none, { missing: ['1-aa'] });
  for (const malformed of [[], { a: ['x'] }, { a: 1 }]) {
    assert.ok((await server.request('POST', `/${db}/_revs_diff`, { json: malformed })).status >= 400);
  }
  const docs = [{ id: 'a' }, { id: 'none' }, { id: 'a', rev: '1-zz' }, { id: 'a', rev: '3-cc' }, {}];
  const { results } = (await server.request('POST', `/${db}/_bulk_get?revs=true`, { json: { docs } })).json;
  assert.deepEqual(results[0], {
    id: 'a',
    docs: [{ ok: { _id: 'a', _rev: '3-cc', _revisions: revisions } }],
  });
  assert.equal(results[1].docs[0].error.error, 'not_found');
  assert.deepEqual([results[2].docs[0].error.rev, results[3].docs[0].ok._rev], ['1-zz', '3-cc']);
  assert.equal(results[4].docs[0].error.error, 'bad_request');
  assert.equal((await server.request('POST', `/${db}/_bulk_get`, { json: {} })).status, 400);
  const some = encodeURIComponent(JSON.stringify(['3-cc', '9-zz']));
  const open = await server.request('GET', `/${db}/a?open_revs=${some}`, {
    headers: { accept: 'application/json' },
  });
  assert.deepEqual(open.json, [{ ok: { _id: 'a', _rev: '3-cc' } }, { missing: '9-zz' }]);
});
