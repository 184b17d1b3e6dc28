import assert from 'node:assert/strict';
import { contract } from './contract-server.ts';
import { unique } from './credentials.ts';

contract('the server says what it is and that it is up', async (server) => {
  const { json } = await server.request('GET', '/', { as: null });
  assert.equal(json.couchdb, 'Welcome');
  assert.match(json.version, /^3\./);
  assert.match(json.uuid, /^[0-9a-f]{32}$/);
  assert.equal(typeof json.vendor.name, 'string');
  assert.equal((await server.request('GET', '/_up', { as: null })).json.status, 'ok');
  const { uuids } = (await server.request('GET', '/_uuids?count=3')).json;
  assert.equal(new Set(uuids).size, 3);
});

contract('a database is made, listed, described and removed', async (server) => {
  const db = unique('contract');
  assert.equal((await server.request('GET', `/${db}`)).status, 404);
  const made = await server.request('PUT', `/${db}`);
  assert.deepEqual([made.status, made.json], [201, { ok: true }]);
  const again = await server.request('PUT', `/${db}`);
  assert.deepEqual([again.status, again.json.error], [412, 'file_exists']);
  assert.ok((await server.request('GET', '/_all_dbs')).json.includes(db));
  const range = `startkey="${db}"&endkey="${db}z"&limit=5`;
  assert.deepEqual((await server.request('GET', `/_all_dbs?${range}`)).json, [db]);
  const info = (await server.request('GET', `/${db}`)).json;
  assert.equal(info.db_name, db);
  assert.equal(info.doc_count, 0);
  assert.match(info.update_seq, /^0-/);
  assert.equal((await server.request('HEAD', `/${db}`)).status, 200);
  assert.deepEqual((await server.request('DELETE', `/${db}`)).json, { ok: true });
  const gone = await server.request('GET', `/${db}`);
  assert.deepEqual(
    [gone.status, gone.json],
    [404, { error: 'not_found', reason: 'Database does not exist.' }],
  );
  assert.equal((await server.request('DELETE', `/${db}`)).status, 404);
  assert.ok(!(await server.request('GET', '/_all_dbs')).json.includes(db));
});

contract(
  'a database made again is empty, and an old sequence of it starts from the beginning',
  async (server, t) => {
    const db = await server.database(t);
    for (const id of ['a', 'b', 'c']) await server.request('PUT', `/${db}/${id}`, { json: {} });
    await server.request('DELETE', `/${db}`);
    assert.equal((await server.request('PUT', `/${db}`)).status, 201);
    assert.equal((await server.request('GET', `/${db}/a`)).status, 404);
    await server.request('PUT', `/${db}/new`, { json: {} });
    const { results } = (await server.request('GET', `/${db}/_changes`)).json;
    assert.deepEqual(
      results.map((row: { id: string }) => row.id),
      ['new'],
    );
  },
);

contract('names of databases follow the rule', async (server) => {
  for (const name of ['Upper', '1first', '_own', 'sp%20ace', 'dot.ted', 'caf%C3%A9', '..%2f..%2fetc']) {
    const { status, json } = await server.request('PUT', `/${name}`);
    assert.deepEqual([name, status, json.error], [name, 400, 'illegal_database_name']);
  }
  const slashed = encodeURIComponent(`${unique('contract')}/part$()+-`);
  assert.equal((await server.request('PUT', `/${slashed}`)).status, 201);
  assert.equal((await server.request('PUT', `/${slashed}/doc`, { json: {} })).status, 201);
  assert.equal((await server.request('DELETE', `/${slashed}`)).status, 200);
});

contract('a document is written, read, changed and deleted', async (server, t) => {
  const db = await server.database(t);
  const first = await server.request('PUT', `/${db}/a`, { json: { n: 1 } });
  assert.equal(first.status, 201);
  assert.match(first.json.rev, /^1-[0-9a-f]{32}$/);
  assert.deepEqual((await server.request('GET', `/${db}/a`)).json, { _id: 'a', _rev: first.json.rev, n: 1 });

  const without = await server.request('PUT', `/${db}/a`, { json: { n: 2 } });
  assert.deepEqual([without.status, without.json.error], [409, 'conflict']);
  assert.equal(without.json.reason, 'Document update conflict.');
  const wrong = await server.request('PUT', `/${db}/a`, { json: { n: 2, _rev: '1-00' } });
  assert.equal(wrong.status, 409);

  const second = await server.request('PUT', `/${db}/a`, { json: { n: 2, _rev: first.json.rev } });
  assert.match(second.json.rev, /^2-/);
  const third = await server.request('PUT', `/${db}/a?rev=${second.json.rev}`, { json: { n: 3 } });
  assert.match(third.json.rev, /^3-/);
  const fourth = await server.request('PUT', `/${db}/a`, {
    json: { n: 4 },
    headers: { 'if-match': `"${third.json.rev}"` },
  });
  assert.match(fourth.json.rev, /^4-/);
  const both = await server.request('PUT', `/${db}/a?rev=${third.json.rev}`, {
    json: { _rev: fourth.json.rev },
  });
  assert.equal(both.status, 400);

  assert.equal((await server.request('DELETE', `/${db}/a`)).status, 409);
  const deleted = await server.request('DELETE', `/${db}/a?rev=${fourth.json.rev}`);
  assert.deepEqual([deleted.status, deleted.json.rev.slice(0, 2)], [200, '5-']);
  const gone = await server.request('GET', `/${db}/a`);
  assert.deepEqual([gone.status, gone.json], [404, { error: 'not_found', reason: 'deleted' }]);
  const back = await server.request('PUT', `/${db}/a`, { json: { n: 6 } });
  assert.deepEqual([back.status, back.json.rev.slice(0, 2)], [201, '6-']);
  assert.equal((await server.request('DELETE', `/${db}/never`)).status, 404);
  assert.equal((await server.request('DELETE', `/${db}/never?rev=1-00`)).status, 404);
});

contract('ids may hold anything but a leading underscore', async (server, t) => {
  const db = await server.database(t);
  for (const id of [
    'photo:1:2',
    'a/b',
    'é ü 漢',
    'constructor',
    '%',
    '~',
    '"q"',
    'a?b#c',
    'toString',
    '__x',
  ]) {
    const path = `/${db}/${encodeURIComponent(id)}`;
    if (id.startsWith('_')) {
      const { status, json } = await server.request('PUT', path, { json: {} });
      assert.deepEqual([status, json.error], [400, 'illegal_docid']);
      continue;
    }
    const put = await server.request('PUT', path, { json: { id } });
    assert.deepEqual([put.status, put.json.id], [201, id]);
    assert.equal((await server.request('GET', path)).json.id, id);
  }
  const { rows } = (await server.request('GET', `/${db}/_all_docs`)).json;
  assert.equal(rows.length, 9);
});

contract('what is no document is refused with CouchDB’s words', async (server, t) => {
  const db = await server.database(t);
  const cases: [string, string, number, string][] = [
    ['/a', '{bad', 400, 'bad_request'],
    ['/a', '', 400, 'bad_request'],
    ['/a', '[]', 400, 'bad_request'],
    ['/a', '1', 400, 'bad_request'],
    ['/a', '{"_foo":1}', 400, 'doc_validation'],
    ['/a', '{"__proto__":{"admin":true}}', 400, 'doc_validation'],
    ['/a', '{"_rev":"junk"}', 400, 'bad_request'],
    ['/a?rev=junk', '{}', 400, 'bad_request'],
    ['/_foo', '{}', 400, 'illegal_docid'],
    ['/a', '{"_attachments":[]}', 400, 'doc_validation'],
    ['/a', '{"_attachments":{"_x":{"data":""}}}', 400, 'bad_request'],
    ['/a', '{"_attachments":{"x":{"data":"!!!"}}}', 400, 'bad_request'],
    ['/a', '{"_attachments":{"x":{"stub":true}}}', 412, 'missing_stub'],
    ['/a?new_edits=false', '{}', 400, 'bad_request'],
  ];
  for (const [path, body, status, error] of cases) {
    const reply = await server.request('PUT', `/${db}${path}`, { body });
    assert.deepEqual([path, body, reply.status, reply.json.error], [path, body, status, error]);
    assert.equal(typeof reply.json.reason, 'string');
  }
  assert.equal((await server.request('GET', `/${db}`)).json.doc_count, 0);
  const large = await server.request('PUT', `/${db}/a`, { json: { text: 'x'.repeat(8_100_000) } });
  assert.deepEqual([large.status, large.json.error], [413, 'document_too_large']);
});

contract('POST of a document gives it an id', async (server, t) => {
  const db = await server.database(t);
  const { status, json } = await server.request('POST', `/${db}`, { json: { n: 1 } });
  assert.equal(status, 201);
  assert.equal((await server.request('GET', `/${db}/${json.id}`)).json.n, 1);
  const named = await server.request('POST', `/${db}`, { json: { _id: 'mine' } });
  assert.equal(named.json.id, 'mine');
  assert.equal((await server.request('POST', `/${db}`, { body: '{}' })).status, 415);
});

contract('an entity tag answers 304', async (server, t) => {
  const db = await server.database(t);
  const { json } = await server.request('PUT', `/${db}/a`, { json: {} });
  const etag = `"${json.rev}"`;
  assert.equal((await server.request('GET', `/${db}/a`)).headers.get('etag'), etag);
  const again = await server.request('GET', `/${db}/a`, { headers: { 'if-none-match': etag } });
  assert.deepEqual([again.status, again.text], [304, '']);
});

contract('_all_docs gives ranges of ids', async (server, t) => {
  const db = await server.database(t);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  await server.request('POST', `/${db}/_bulk_docs`, { json: { docs: ids.map((_id) => ({ _id, n: 1 })) } });
  const { json: d } = await server.request('GET', `/${db}/d`);
  await server.request('DELETE', `/${db}/d?rev=${d._rev}`);
  const cases: [Record<string, unknown>, string][] = [
    [{}, 'abce'],
    [{ startkey: 'b' }, 'bce'],
    [{ startkey: 'b', endkey: 'c' }, 'bc'],
    [{ startkey: 'b', endkey: 'c', inclusive_end: false }, 'b'],
    [{ descending: true, limit: 2 }, 'ec'],
    [{ descending: true, startkey: 'c', endkey: 'b' }, 'cb'],
    [{ startkey: 'c', endkey: 'a' }, ''],
    [{ skip: 1, limit: 2 }, 'bc'],
    [{ key: 'b' }, 'b'],
    [{ startkey: 'b', endkey: 'b\ufff0' }, 'b'],
    [{ limit: 0 }, ''],
  ];
  for (const [query, expected] of cases) {
    const search = Object.entries(query).map(
      ([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`,
    );
    const { json } = await server.request('GET', `/${db}/_all_docs?${search.join('&')}`);
    assert.equal(json.total_rows, 4);
    assert.deepEqual([query, json.rows.map((row: { id: string }) => row.id).join('')], [query, expected]);
  }
  const { json } = await server.request('GET', `/${db}/_all_docs?include_docs=true&limit=1`);
  assert.deepEqual(Object.keys(json.rows[0]).sort(), ['doc', 'id', 'key', 'value']);
  assert.equal(json.rows[0].doc.n, 1);
  for (const query of ['startkey=zz', 'limit=-1', 'limit=x', 'include_docs=zz']) {
    assert.equal((await server.request('GET', `/${db}/_all_docs?${query}`)).status, 400, query);
  }
});

contract('_all_docs by keys keeps their order and says what is missing', async (server, t) => {
  const db = await server.database(t);
  const { json: a } = await server.request('PUT', `/${db}/a`, { json: { n: 1 } });
  const { json: b } = await server.request('PUT', `/${db}/b`, { json: { _deleted: true } });
  const keys = ['b', 'none', 'a', 'a', 1];
  const expected = [
    { id: 'b', key: 'b', value: { rev: b.rev, deleted: true }, doc: null },
    { key: 'none', error: 'not_found' },
    { id: 'a', key: 'a', value: { rev: a.rev }, doc: { _id: 'a', _rev: a.rev, n: 1 } },
    { id: 'a', key: 'a', value: { rev: a.rev }, doc: { _id: 'a', _rev: a.rev, n: 1 } },
    { key: 1, error: 'not_found' },
  ];
  const posted = await server.request('POST', `/${db}/_all_docs?include_docs=true`, { json: { keys } });
  assert.deepEqual(posted.json.rows, expected);
  const search = encodeURIComponent(JSON.stringify(keys));
  const got = await server.request('GET', `/${db}/_all_docs?include_docs=true&keys=${search}`);
  assert.deepEqual(got.json.rows, expected);
  assert.equal((await server.request('POST', `/${db}/_all_docs`, { json: { keys: 1 } })).status, 400);
});

contract('_bulk_docs writes in order and tells each result', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/there`, { json: {} });
  const docs = [{ _id: 'a' }, { _id: 'there' }, { n: 1 }];
  const { status, json } = await server.request('POST', `/${db}/_bulk_docs`, { json: { docs } });
  assert.equal(status, 201);
  assert.deepEqual([json[0].ok, json[0].id], [true, 'a']);
  assert.deepEqual(json[1], { id: 'there', error: 'conflict', reason: 'Document update conflict.' });
  assert.match(json[2].id, /^[0-9a-f]{32}$/);
  for (const body of [{}, { docs: 1 }, { docs: [1] }, { docs: [{ _id: '_x' }, { _id: 'ok' }] }]) {
    assert.equal((await server.request('POST', `/${db}/_bulk_docs`, { json: body })).status, 400);
  }
  assert.equal((await server.request('POST', `/${db}/_bulk_docs`, { body: '{"docs":[]}' })).status, 415);
  assert.equal((await server.request('GET', `/${db}/ok`)).status, 404);
});

contract('_local documents are kept apart and count their revisions', async (server, t) => {
  const db = await server.database(t);
  const path = `/${db}/_local/check%2Fpoint`;
  assert.equal((await server.request('GET', path)).status, 404);
  const first = await server.request('PUT', path, { json: { n: 1 } });
  assert.deepEqual([first.status, first.json], [201, { ok: true, id: '_local/check/point', rev: '0-1' }]);
  const second = await server.request('PUT', path, { json: { n: 2, _rev: '0-1' } });
  assert.equal(second.json.rev, '0-2');
  const stale = await server.request('PUT', path, { json: { n: 3, _rev: '0-1' } });
  assert.deepEqual([stale.status, stale.json.rev], [201, '0-2']);
  assert.deepEqual((await server.request('GET', path)).json, {
    _id: '_local/check/point',
    _rev: '0-2',
    n: 3,
  });
  assert.equal((await server.request('GET', `/${db}`)).json.doc_count, 0);
  assert.equal((await server.request('GET', `/${db}/_changes`)).json.results.length, 0);
  assert.equal((await server.request('DELETE', `${path}?rev=0-2`)).status, 200);
  assert.equal((await server.request('GET', path)).status, 404);
});
