import assert from 'node:assert/strict';
import { type ContractServer, contract } from './contract-server.ts';
import { unique } from './credentials.ts';

// biome-ignore lint/suspicious/noExplicitAny: lines of a feed, of which the tests assert the shape
type Line = any;

/** The lines of a continuous feed, heartbeats as `undefined`. */
async function* follow(server: ContractServer, path: string, signal: AbortSignal): AsyncGenerator<Line> {
  const response = await server.open('GET', path, { signal });
  assert.equal(response.status, 200);
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += Buffer.from(chunk).toString();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.trim() === '' ? undefined : JSON.parse(line);
  }
}

contract('_changes lists the last change of each document', async (server, t) => {
  const db = await server.database(t);
  const { rev: a1 } = (await server.request('PUT', `/${db}/a`, { json: {} })).json;
  const { rev: b } = (await server.request('PUT', `/${db}/b`, { json: { n: 1 } })).json;
  const { rev: a2 } = (await server.request('DELETE', `/${db}/a?rev=${a1}`)).json;
  const { json } = await server.request('GET', `/${db}/_changes?include_docs=true`);
  assert.deepEqual(
    json.results.map(({ seq, ...row }: Line) => row),
    [
      { id: 'b', changes: [{ rev: b }], doc: { _id: 'b', _rev: b, n: 1 } },
      { id: 'a', changes: [{ rev: a2 }], deleted: true, doc: { _id: 'a', _rev: a2, _deleted: true } },
    ],
  );
  assert.equal(json.pending, 0);
  assert.equal(json.last_seq, json.results[1].seq);

  const first = (await server.request('GET', `/${db}/_changes?limit=1`)).json;
  assert.deepEqual([first.results.length, first.results[0].id, first.pending], [1, 'b', 1]);
  const since = encodeURIComponent(first.last_seq);
  const second = (await server.request('GET', `/${db}/_changes?since=${since}`)).json;
  assert.deepEqual(
    second.results.map((row: Line) => row.id),
    ['a'],
  );
  assert.deepEqual((await server.request('GET', `/${db}/_changes?since=now`)).json.results, []);
  const { update_seq } = (await server.request('GET', `/${db}`)).json;
  const none = await server.request('GET', `/${db}/_changes?since=${encodeURIComponent(update_seq)}`);
  assert.deepEqual(none.json.results, []);
  const down = (await server.request('GET', `/${db}/_changes?descending=true`)).json;
  assert.deepEqual(
    down.results.map((row: Line) => row.id),
    ['a', 'b'],
  );
  for (const query of ['since=junk', 'feed=junk']) {
    assert.equal((await server.request('GET', `/${db}/_changes?${query}`)).status, 400, query);
  }
});

contract('_changes can be asked for some documents', async (server, t) => {
  const db = await server.database(t);
  for (const id of ['a', 'b', 'c']) await server.request('PUT', `/${db}/${id}`, { json: {} });
  const { json } = await server.request('POST', `/${db}/_changes?filter=_doc_ids`, {
    json: { doc_ids: ['b', 'x'] },
  });
  assert.deepEqual(
    json.results.map((row: Line) => row.id),
    ['b'],
  );
});

contract('_changes shows every leaf of a conflict', async (server, t) => {
  const db = await server.database(t);
  const docs = ['1-aa', '1-bb'].map((_rev) => ({ _id: 'a', _rev }));
  await server.request('POST', `/${db}/_bulk_docs`, { json: { new_edits: false, docs } });
  const main = (await server.request('GET', `/${db}/_changes`)).json;
  assert.deepEqual(main.results[0].changes, [{ rev: '1-bb' }]);
  const all = (await server.request('GET', `/${db}/_changes?style=all_docs`)).json;
  assert.deepEqual(all.results[0].changes, [{ rev: '1-bb' }, { rev: '1-aa' }]);
  const { json } = await server.request('GET', `/${db}/a?conflicts=true`);
  assert.deepEqual([json._rev, json._conflicts], ['1-bb', ['1-aa']]);
});

contract(
  'longpoll answers at once when there is something, else when something is written',
  async (server, t) => {
    const db = await server.database(t);
    await server.request('PUT', `/${db}/a`, { json: {} });
    const there = (await server.request('GET', `/${db}/_changes?feed=longpoll`)).json;
    assert.equal(there.results.length, 1);
    let isAnswered = false;
    const since = encodeURIComponent(there.last_seq);
    const waiting = server
      .request('GET', `/${db}/_changes?feed=longpoll&since=${since}&timeout=10000`)
      .then((reply) => {
        isAnswered = true;
        return reply.json;
      });
    await server.request('GET', `/${db}`);
    assert.equal(isAnswered, false);
    await server.request('PUT', `/${db}/b`, { json: {} });
    assert.deepEqual(
      (await waiting).results.map((row: Line) => row.id),
      ['b'],
    );
  },
);

contract('longpoll gives up after its time-out', async (server, t) => {
  const db = await server.database(t);
  const { json } = await server.request('GET', `/${db}/_changes?feed=longpoll&since=now&timeout=100`);
  assert.deepEqual([json.results, json.pending], [[], 0]);
  assert.equal(typeof json.last_seq, 'string');
});

contract('a continuous feed brings what is there, what comes, and heartbeats', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/a`, { json: { n: 1 } });
  const end = new AbortController();
  const lines = follow(server, `/${db}/_changes?feed=continuous&heartbeat=200&include_docs=true`, end.signal);
  const next = async (): Promise<Line> => {
    while (true) {
      const { value, done } = await lines.next();
      if (done || value) return value;
    }
  };
  assert.equal((await next()).doc.n, 1);
  assert.equal((await lines.next()).value, undefined); // a heartbeat, while nothing happens
  await server.request('PUT', `/${db}/b`, { json: { n: 2 } });
  assert.equal((await next()).id, 'b');
  await server.request('PUT', `/${db}/c`, { json: { n: 3 } });
  assert.equal((await next()).doc.n, 3);
  end.abort();
  await assert.rejects(next());
});

contract('a continuous feed without heartbeat ends by telling where it stopped', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/a`, { json: {} });
  const lines: Line[] = [];
  const feed = follow(server, `/${db}/_changes?feed=continuous&timeout=200`, AbortSignal.timeout(10_000));
  for await (const line of feed) if (line) lines.push(line);
  assert.equal(lines.length, 2);
  assert.deepEqual([lines[1].last_seq, lines[1].pending], [lines[0].seq, 0]);
});

contract('_db_updates tells of every database that is made, written and removed', async (server, t) => {
  // A CouchDB keeps these in a database that somebody has to make.
  const global = await server.request('PUT', '/_global_changes');
  assert.ok([201, 202, 412].includes(global.status));
  const end = new AbortController();
  t.after(() => end.abort());
  const lines = follow(server, '/_db_updates?feed=continuous&heartbeat=1000&since=now', end.signal);
  const db = unique('contract');
  const until = async (type: string): Promise<void> => {
    while (true) {
      const { value, done } = await lines.next();
      assert.ok(!done, `no ${type} of ${db}`);
      if (value?.db_name !== db || value.type !== type) continue;
      assert.deepEqual(Object.keys(value).sort(), ['db_name', 'seq', 'type']);
      return;
    }
  };
  const created = until('created'); // its request is on its way before the database is made
  await server.request('GET', '/_up');
  await server.request('PUT', `/${db}`);
  await created;
  await server.request('PUT', `/${db}/a`, { json: {} });
  await until('updated');
  await server.request('DELETE', `/${db}`);
  await until('deleted');
});

contract('_db_updates by longpoll wakes, and goes on from its sequence', async (server, t) => {
  await server.request('PUT', '/_global_changes');
  const start = (await server.request('GET', '/_db_updates?since=now&timeout=100')).json;
  assert.equal(typeof start.last_seq, 'string');
  const db = await server.database(t);
  let { last_seq } = start;
  const seen = new Set<string>();
  while (!seen.has(db)) {
    const { json } = await server.request(
      'GET',
      `/_db_updates?feed=longpoll&timeout=10000&since=${encodeURIComponent(last_seq)}`,
    );
    for (const row of json.results) seen.add(row.db_name);
    assert.notEqual(json.last_seq, last_seq);
    last_seq = json.last_seq;
  }
});
