import assert from 'node:assert/strict';
import { contract } from './contract-server.ts';

const VIEWS = {
  by_n: { map: 'function (doc) { if (doc.n !== undefined) emit(doc.n, doc._id); }' },
  counted: { map: 'function (doc) { emit(doc._id, null); }', reduce: '_count' },
  breaking: { map: 'function (doc) { emit(doc.deep.deeper, 1); }' },
};

contract('a view gives its rows in order, by range and by key', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/_design/app`, { json: { views: VIEWS } });
  const values = [null, false, true, -1, 2, 10, 'a', 'B', 'c', 'é', 'z', [1], [1, 2], ['a'], {}, { a: 1 }];
  const docs = values.map((n, i) => ({ _id: `d${String(i).padStart(2, '0')}`, n })).reverse();
  await server.request('POST', `/${db}/_bulk_docs`, { json: { docs } });
  const view = async (query: Record<string, unknown> = {}, name = 'by_n') => {
    const search = Object.entries(query).map(
      ([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`,
    );
    const { status, json } = await server.request(
      'GET',
      `/${db}/_design/app/_view/${name}?${search.join('&')}`,
    );
    assert.equal(status, 200);
    return json;
  };
  const keys = (json: { rows: { key: unknown }[] }) => json.rows.map((row) => row.key);
  const all = await view();
  assert.deepEqual(keys(all), values);
  assert.equal(all.total_rows, values.length);
  for (const [query, expected] of [
    [{ startkey: 2, endkey: 'a' }, [2, 10, 'a']],
    [{ startkey: 2, endkey: 'a', inclusive_end: false }, [2, 10]],
    [{ startkey: 'a', endkey: 2, descending: true }, ['a', 10, 2]],
    [{ startkey: 'a', endkey: 2, descending: true, inclusive_end: false }, ['a', 10]],
    [{ key: 'B' }, ['B']],
    [{ keys: ['z', 'none', true] }, ['z', true]],
    [{ startkey: [1], endkey: [1, {}] }, [[1], [1, 2]]],
    [{ limit: 2, skip: 1 }, [false, true]],
    [{ descending: true, limit: 1 }, [{ a: 1 }]],
  ] as const) {
    assert.deepEqual([query, keys(await view(query))], [query, expected]);
  }
  const posted = await server.request('POST', `/${db}/_design/app/_view/by_n`, { json: { keys: ['a'] } });
  assert.deepEqual(posted.json.rows, [{ id: 'd06', key: 'a', value: 'd06' }]);
  const withDocs = await view({ key: 10, include_docs: true });
  assert.equal(withDocs.rows[0].doc.n, 10);
  assert.deepEqual((await view({}, 'counted')).rows, [{ key: null, value: values.length }]);
  assert.equal((await view({ reduce: false }, 'counted')).rows.length, values.length);
  assert.deepEqual((await view({}, 'breaking')).rows, []);
});

contract('a view follows what is written', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/_design/app`, { json: { views: VIEWS } });
  const rows = async () =>
    (await server.request('GET', `/${db}/_design/app/_view/by_n`)).json.rows.map(
      (row: { key: unknown }) => row.key,
    );
  assert.deepEqual(await rows(), []);
  const { rev } = (await server.request('PUT', `/${db}/a`, { json: { n: 1 } })).json;
  await server.request('PUT', `/${db}/b`, { json: { n: 2 } });
  assert.deepEqual(await rows(), [1, 2]);
  const changed = (await server.request('PUT', `/${db}/a`, { json: { n: 3, _rev: rev } })).json;
  assert.deepEqual(await rows(), [2, 3]);
  await server.request('DELETE', `/${db}/a?rev=${changed.rev}`);
  assert.deepEqual(await rows(), [2]);
  const { json: ddoc } = await server.request('GET', `/${db}/_design/app`);
  const views = { by_n: { map: 'function (doc) { emit([doc.n], 1); }' } };
  await server.request('PUT', `/${db}/_design/app`, { json: { ...ddoc, views } });
  assert.deepEqual(await rows(), [[2]]);
});

contract('what is no view is said to be none', async (server, t) => {
  const db = await server.database(t);
  assert.equal((await server.request('GET', `/${db}/_design/none/_view/x`)).status, 404);
  await server.request('PUT', `/${db}/_design/app`, { json: { views: VIEWS } });
  const missing = await server.request('GET', `/${db}/_design/app/_view/constructor`);
  assert.deepEqual([missing.status, missing.json.reason], [404, 'missing_named_view']);
  for (const query of ['startkey="b"&endkey="a"', 'key=zz', 'limit=x', 'reduce=true', 'group=true']) {
    const { status } = await server.request('GET', `/${db}/_design/app/_view/by_n?${query}`);
    assert.equal(status, 400, query);
  }
});
