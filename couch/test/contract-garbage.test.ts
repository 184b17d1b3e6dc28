/**
 * Whatever a client sends, the server answers in CouchDB's shape or hangs up, and goes on. The embedded one runs
 * in this process: a promise of its handlers left alone would fail the test.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type ContractServer, contract } from './contract-server.ts';
import { basic } from './credentials.ts';

/** Sends bytes and gives everything that comes back until the other side ends, or for a time. */
function raw(
  server: ContractServer,
  bytes: string | Buffer,
  options: { hangUp?: boolean; waitMs?: number } = {},
) {
  const { hostname, port } = new URL(server.url);
  return new Promise<string>((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    const timer = setTimeout(() => socket.destroy(), options.waitMs ?? 1_000);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {}); // a refused connection closes it too
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(bytes, () => {
      if (options.hangUp) socket.destroy();
    });
  });
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

const isAlive = async (server: ContractServer) =>
  assert.equal((await server.request('GET', '/_up', { as: null })).status, 200);

contract('paths and methods that mean nothing are refused with the right status', async (server, t) => {
  const db = await server.database(t);
  for (const [method, path, status, error] of [
    ['GET', '/%zz', 400, 'bad_request'],
    ['GET', '/_nonsense', 404, 'not_found'],
    ['GET', `/${db}/_nonsense`, 404, 'not_found'],
    ['POST', '/', 405, 'method_not_allowed'],
    ['OPTIONS', '/', 405, 'method_not_allowed'],
    ['PATCH', `/${db}`, 405, 'method_not_allowed'],
    ['POST', '/_all_dbs', 405, 'method_not_allowed'],
    ['DELETE', `/${db}/_all_docs`, 405, 'method_not_allowed'],
    ['PUT', `/${db}/_bulk_docs`, 405, 'method_not_allowed'],
    ['GET', `/${db}/_bulk_get`, 405, 'method_not_allowed'],
    ['GET', `/${db}/a?rev=junk`, 400, 'bad_request'],
    ['GET', `/${db}/__proto__`, 404, 'not_found'],
    ['GET', `/${db}/constructor`, 404, 'not_found'],
    ['GET', '/constructor', 404, 'not_found'],
    ['GET', '/__proto__/toString', 404, 'not_found'],
  ] as const) {
    const reply = await server.request(method, path);
    assert.deepEqual([method, path, reply.status, reply.json.error], [method, path, status, error]);
    assert.equal(typeof reply.json.reason, 'string');
  }
});

/** JSON bodies that are wrong in every way we could think of. */
const BODIES = [
  '',
  '{',
  '[]',
  'null',
  '1',
  '"text"',
  '{"docs":null}',
  '{"docs":{}}',
  '{"docs":[null]}',
  '{"docs":["a"]}',
  '{"docs":[[]]}',
  '{"docs":[{"_id":1}]}',
  '{"docs":[{"_id":""}]}',
  '{"docs":[{"_id":"a","_rev":1}]}',
  '{"docs":[{"_id":"a","_rev":"-"}]}',
  '{"docs":[{"_id":"a","_revisions":{}}]}',
  '{"docs":[{"_id":"a","_revisions":{"start":"x","ids":1}}]}',
  '{"docs":[{"_id":"a","_revisions":{"start":1,"ids":[{}]}}]}',
  '{"docs":[{"_id":"a","_attachments":{"x":null}}]}',
  '{"docs":[{"_id":"a","_attachments":{"x":{"data":1}}}]}',
  '{"docs":[{"_id":"a","_attachments":{"x":{"stub":true}}}]}',
  '{"docs":[{"_id":"a","_attachments":{"__proto__":{"data":""}}}]}',
  '{"docs":[{"_id":"__proto__"}]}',
  '{"docs":[{"_id":"_design/"}]}',
  '{"docs":[{"_id":"a","__proto__":{}}],"new_edits":false}',
  '{"keys":{}}',
  '{"keys":[{}]}',
  '{"keys":[["a"]],"limit":"x"}',
  '{"a":1}',
  '{"a":[1]}',
  '{"a":["junk"]}',
  '{"__proto__":["1-a"]}',
  '{"docs":[{"id":1}]}',
  '{"docs":[{"id":"a","rev":1}]}',
  '{"docs":[1]}',
  '\ufeff{}',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `{"docs":[{"_id":"deep","x":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}]}`,
  '{"docs":[{"_id":"\\ud800"}]}',
];

contract('malformed bodies never end the server or leave something behind', async (server, t) => {
  const db = await server.database(t);
  for (const endpoint of ['_bulk_docs', '_bulk_get', '_revs_diff', '_all_docs', '_changes?filter=_doc_ids']) {
    for (const body of BODIES) {
      const reply = await server.request('POST', `/${db}/${endpoint}`, {
        body,
        headers: { 'content-type': 'application/json' },
      });
      // A real CouchDB says 500 to some of these; the embedded one never does.
      if (server.isEmbedded) assert.ok(reply.status < 500, `${endpoint} ${body.slice(0, 60)}: ${reply.text}`);
      assert.ok(reply.status >= 200);
    }
  }
  for (const bytes of [Buffer.from([0xff, 0xfe, 0x7b, 0x7d]), Buffer.from('{"a":"\xe9"}', 'latin1')]) {
    assert.equal((await server.request('PUT', `/${db}/a`, { body: bytes })).status, 400);
  }
  await isAlive(server);
  assert.equal(({} as Record<string, unknown>).data, undefined);
});

contract('queries that are wrong are refused', async (server, t) => {
  const db = await server.database(t);
  await server.request('PUT', `/${db}/a`, { json: {} });
  for (const query of [
    'startkey={',
    'keys=1',
    'key=',
    'limit=1e9',
    'skip=-1',
    'descending=1',
    'conflicts=maybe',
  ]) {
    const { status } = await server.request('GET', `/${db}/_all_docs?${query}`);
    assert.ok(status === 400 || !server.isEmbedded, `${query} ${status}`);
  }
  for (const query of ['open_revs=1', 'open_revs={}', 'open_revs=[1]', 'revs=x', 'rev=']) {
    const { status } = await server.request('GET', `/${db}/a?${query}`);
    assert.ok(status === 400 || !server.isEmbedded, `${query} ${status}`);
  }
  await isAlive(server);
});

contract('what is not HTTP is answered with 400 or hung up on', async (server, t) => {
  const db = await server.database(t);
  const auth = `Authorization: ${basic(server.admin)}\r\nHost: x\r\n`;
  const requests = [
    'garbage\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`,
    `PUT /${db}/a HTTP/1.1\r\n${auth}Content-Length: -1\r\n\r\n{}`,
    `PUT /${db}/a HTTP/1.1\r\n${auth}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
    `PUT /${db}/a HTTP/1.1\r\n${auth}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    'GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    `GET /${db}/%00 HTTP/1.1\r\n${auth}Connection: close\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic !!!\r\nConnection: close\r\n\r\n',
    'GET /_session HTTP/1.1\r\nHost: x\r\nCookie: AuthSession=%%%\r\nConnection: close\r\n\r\n',
    'GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ];
  for (const request of requests) {
    const status = statusOf(await raw(server, request));
    if (server.isEmbedded) assert.ok(status < 500 || status === 501, `${status} ${request.slice(0, 60)}`);
    await isAlive(server);
  }
  assert.equal((await server.request('GET', `/${db}/a`)).status, 404);
});

contract('a client that goes away in the middle leaves nothing behind', async (server, t) => {
  const db = await server.database(t);
  const auth = `Authorization: ${basic(server.admin)}\r\nHost: x\r\n`;
  const half = (path: string, type: string, body: string) =>
    `PUT ${path} HTTP/1.1\r\n${auth}Content-Type: ${type}\r\nContent-Length: 100000\r\n\r\n${body}`;
  const multipart =
    '--b\r\nContent-Type: application/json\r\n\r\n{"_id":"p","_rev":"1-aa","_attachments":{"x":{"follows":true,"length":90000,"content_type":"image/jpeg"}}}\r\n--b\r\n\r\nhalf';
  for (const request of [
    half(`/${db}/a`, 'application/json', '{"half":'),
    half(`/${db}/a/photo.jpg`, 'image/jpeg', 'half'),
    half(`/${db}/p?new_edits=false`, 'multipart/related; boundary=b', multipart),
    `GET /${db}/_changes?feed=continuous&heartbeat=100 HTTP/1.1\r\n${auth}\r\n`,
  ]) {
    await raw(server, request, { hangUp: true });
    await raw(server, request, { waitMs: 300 });
  }
  await isAlive(server);
  assert.equal((await server.request('GET', `/${db}`)).json.doc_count, 0);
  assert.equal((await server.request('PUT', `/${db}/a`, { json: {} })).status, 201);
});
